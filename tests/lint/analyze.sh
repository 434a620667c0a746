#!/usr/bin/env bash
# Static analysis of the product's code: clang-tidy, cppcheck and gcc -fanalyzer. A few minutes.
# analyze.sh [BUILD_DIR]   BUILD_DIR holds compile_commands.json; build/dev unless told
. "$(dirname "$0")/common.sh"
build=${1:-build/dev}
mkdir -p build
for tool in clang-tidy cppcheck gcc; do
    command -v "$tool" >/dev/null || { echo "analyze.sh: $tool is missing: apt-get install $tool" >&2; exit 1; }
done

if [ ! -f "$build/compile_commands.json" ]; then
    cmake --preset dev -B "$build" >build/analyze.log || { cat build/analyze.log >&2; exit 1; }
fi
# The headers that protoc-c writes.
cmake --build "$build" --target muster_proto >build/analyze.log || { cat build/analyze.log >&2; exit 1; }
mapfile -t sources < <(project_files 'core/*.c' 'gateway/*.c' 'agents/*.c')

# The compile database is gcc's: clang takes what it knows of it. -ftrivial-auto-var-init=zero would
# also hide from the analyser what is not initialised.
tidy() { # FLAG... -- FILE...
    local flags=()
    while [ "$1" != -- ]; do
        flags+=("--extra-arg=$1")
        shift
    done
    shift
    printf '%s\0' "$@" | xargs -0 -n 4 -P "$(nproc)" "$clang_tidy" -p "$build" --quiet \
        --extra-arg=-Wno-unknown-warning-option --extra-arg=-ftrivial-auto-var-init=uninitialized \
        "${flags[@]}" 2>>build/analyze.log
}

run_tidy() {
    local clang_tidy
    clang_tidy=$(command -v clang-tidy-14 || command -v clang-tidy)
    # Where the functions of analyzed.h are defined, its macros would be in the way.
    local definitions=(core/base/status.c core/tlog/reason.c) others
    mapfile -t others < <(printf '%s\n' "${sources[@]}" | grep -vxF "$(printf '%s\n' "${definitions[@]}")")
    tidy -- "${definitions[@]}" || finding "clang-tidy: see above"
    tidy -include "$PWD/tests/lint/analyzed.h" -- "${others[@]}" || finding "clang-tidy: see above"
}

# Left out: variableScope, since where a variable is declared is ours to choose; uninitvar, which does
# not follow a status (clang's analyser does); and in one file each, what cppcheck 2.10 gets wrong: two
# conditions that it takes for constant, a union that is read by its other member.
run_cppcheck() {
    cppcheck --enable=warning,style,performance,portability --std=c11 --inline-suppr --error-exitcode=1 \
        -j "$(nproc)" -q -I. -Iinclude -I"$build/proto" --template='{file}:{line}: {id}: {message}' \
        --suppress=variableScope --suppress=uninitvar \
        --suppress=knownConditionTrueFalse:core/base/encode.c \
        --suppress=knownConditionTrueFalse:gateway/store/facts.c \
        --suppress=unusedStructMember:core/seal/primitives.c "${sources[@]}" || finding "cppcheck: see above"
}

# gcc 12 does not know what muster_fail returns and so believes in paths that do not exist; clang-tidy,
# which is told, looks for these two. What stays: leaks, double frees, use after free, descriptors.
run_gcc() {
    cmake --preset analyze -DMUSTER_TESTS=OFF \
        -DCMAKE_C_FLAGS="-Wno-analyzer-null-dereference -Wno-analyzer-use-of-uninitialized-value" \
        >>build/analyze.log
    if ! cmake --build --preset analyze --clean-first >build/analyze-gcc.log 2>&1; then
        grep -E 'warning:|error:' build/analyze-gcc.log >&2 || tail -20 build/analyze-gcc.log >&2
        finding "gcc -fanalyzer: see above and build/analyze-gcc.log"
    fi
}

for tool in clang-tidy cppcheck gcc; do
    echo "-- $tool"
    run_"${tool#clang-}"
done
finish "Mend the code; a check is left out in .clang-tidy or here, with its reason."
