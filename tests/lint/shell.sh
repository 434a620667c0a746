#!/usr/bin/env bash
# Every shell script passes shellcheck, where that is installed.
. "$(dirname "$0")/common.sh"

command -v shellcheck >/dev/null || {
    echo "SKIPPED: shellcheck is not installed"
    exit 77
}
mapfile -t files < <({ project_files '*.sh'; printf '%s\n' run; } | sort -u)
# 2154: a sourced file uses what its caller sets. 2207: words are what is wanted. 2034: a loop that
# only counts. 2155: `grep -c` fails where it counts none.
shellcheck --shell=bash --severity=warning --exclude=SC2034,SC2154,SC2155,SC2207 "${files[@]}" ||
    finding "see above"
finish "Mend the script, or name the reason in a shellcheck comment beside the line."
