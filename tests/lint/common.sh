# shellcheck shell=bash
# Sourced by the checks of this folder: they start in the project's folder and count what they find.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
findings=0

# One finding, said as file:line: what is wrong and what to do.
finding() {
    printf '%s\n' "$*" >&2
    findings=$((findings + 1))
}

# Ends the check; the sentence tells what to do about findings in general.
finish() {
    if [ "$findings" -gt 0 ]; then
        printf '%s: %s finding(s). %s\n' "$(basename "$0")" "$findings" "$*" >&2
        exit 1
    fi
}

# The project's files that match the patterns, new ones too; a copy without git is searched as it is.
project_files() { # PATTERN...
    local file
    if git -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1; then
        git -c safe.directory='*' ls-files --cached --others --exclude-standard -- "$@"
    else
        local name=() pattern
        for pattern in "$@"; do name+=(-o -path "./$pattern"); done
        find . \( -path ./build -o -path ./.git \) -prune -o -type f \( "${name[@]:1}" \) -print | cut -c3-
    fi | sort -u | while IFS= read -r file; do
        [ ! -f "$file" ] || printf '%s\n' "$file"
    done
}
