#!/usr/bin/env bash
# Every header compiles alone, so that a file may include what it needs and nothing before it.
# headers.sh BUILD_DIR (for the headers that are generated there)
build=$(readlink -f "$1")
. "$(dirname "$0")/common.sh"

compiler=${CC:-gcc}
flags=(-std=c11 -D_GNU_SOURCE -I . -I include -isystem "$build/proto"
    -DMUSTER_SOURCE_DIR='"."' -DMUSTER_SHARED_DIR='"."' -Wall -Wextra -Wstrict-prototypes -Wundef -Werror)
while IFS= read -r header; do
    out=$("$compiler" "${flags[@]}" -I "$(dirname "$header")" -fsyntax-only -x c "$header" 2>&1) ||
        finding "$header: does not compile alone
$out"
done < <(project_files '*.h')
finish "Include in each header what it uses."
