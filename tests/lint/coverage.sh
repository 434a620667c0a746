#!/usr/bin/env bash
# Lines and branches that the tests of a coverage build reached, folder by folder.
# coverage.sh BUILD_DIR   after ctest has run there
build=$(readlink -f "$1")
. "$(dirname "$0")/common.sh"

# What we aim at, and the floor that the folders have reached: nothing may fall below it. Raise it
# when a folder has left it well behind.
goals() { # FOLDER AIM_LINES FLOOR_LINES FLOOR_BRANCHES, in percent
    cat <<'LIST'
agents/agent 80 89 72
agents/client 80 84 60
agents/formats 80 96 89
agents/muster 80 90 74
agents/outbox 80 97 91
agents/sample 80 96 90
core/base 90 96 92
core/codec 100 95 87
core/config 80 95 83
core/domain 100 97 94
core/seal 90 94 77
core/tlog 100 94 89
core/wire 90 91 75
gateway 80 89 65
gateway/service 90 88 66
gateway/store 90 94 81
LIST
}

find "$build" -name '*.gcda' -print -quit | grep -q . || {
    echo "coverage.sh: no test has run in $build. Run: cmake --preset coverage, build it, ctest there" >&2
    exit 1
}
report=$build/coverage.csv
gcovr --root . --object-directory "$build" --gcov-ignore-parse-errors -j "$(nproc)" \
    --exclude-unreachable-branches --exclude-throw-branches \
    --filter 'core/' --filter 'gateway/' --filter 'agents/' --csv "$report" "$build" 2>"$build/gcovr.log" || {
    cat "$build/gcovr.log" >&2
    exit 1
}
# filename,line_total,line_covered,line_percent,branch_total,branch_covered,...
measured=$(awk -F, 'NR > 1 {
        folder = $1; sub(/\/[^\/]*$/, "", folder)
        lines[folder] += $2; hit[folder] += $3; branches[folder] += $5; taken[folder] += $6 }
    END { for (f in lines) printf "%s %.1f %.1f\n", f, 100 * hit[f] / lines[f],
        branches[f] ? 100 * taken[f] / branches[f] : 100 }' "$report" | sort)
[ -n "$measured" ] || finding "no file of $PWD was measured: was $build built from another folder?"

printf '%-18s %7s %5s %9s\n' folder lines aim branches
while read -r folder lines branches aim floor floor_branches; do
    if [ "$aim" = none ]; then
        finding "$folder: give it a line in $0"
        continue
    fi
    printf '%-18s %6s%% %4s%% %8s%%\n' "$folder" "$lines" "$aim" "$branches"
    awk -v l="$lines" -v b="$branches" -v fl="$floor" -v fb="$floor_branches" \
        'BEGIN { exit !(l < fl || b < fb) }' &&
        finding "$folder: fell below $floor% of lines or $floor_branches% of branches: add the missing tests"
done < <(join -a 1 -e none -o 0,1.2,1.3,2.2,2.3,2.4 <(grep . <<<"$measured") <(goals | sort))
echo "Line by line: $report; gcovr --html-details shows which."
finish "See the folder's files in $report."
