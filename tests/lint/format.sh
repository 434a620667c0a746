#!/usr/bin/env bash
# Every C file is as clang-format would write it.
. "$(dirname "$0")/common.sh"

format=$(command -v clang-format-14 || command -v clang-format) || {
    echo "format.sh: clang-format is missing: apt-get install clang-format-14" >&2
    exit 1
}
mapfile -t files < <(project_files '*.c' '*.h')
[ ${#files[@]} -gt 0 ] || finding "no C file was found"
while IFS= read -r file; do
    finding "$file: is not formatted"
done < <("$format" --dry-run -Werror "${files[@]}" 2>&1 | sed -nE 's/^([^: ]+):[0-9]+:.*error.*/\1/p' | sort -u)
finish "Run: $(basename "$format") -i FILE"
