# Flags are listed per compiler; none is probed and silently left out.

set(MUSTER_COMPILE_OPTIONS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wredundant-decls -Wpointer-arith -Wcast-qual
    -Wcast-align -Wwrite-strings -Wundef -Wvla -Walloca -Wformat=2 -Wnull-dereference
    -Wdouble-promotion -Wfloat-equal -Wswitch-enum -Wimplicit-fallthrough -Wdate-time
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fno-common
    -fno-strict-overflow -fno-delete-null-pointer-checks)
set(MUSTER_LINK_OPTIONS -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed)

if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND MUSTER_COMPILE_OPTIONS
        -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init -Wformat-signedness
        -Wformat-overflow=2 -Wformat-truncation=1 -Warray-bounds=2 -Wstringop-overflow=4
        -Wuse-after-free=3 -Wtrampolines -Wbidi-chars=any -ftrivial-auto-var-init=zero)
elseif(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    list(APPEND MUSTER_COMPILE_OPTIONS
        -Wcomma -Wassign-enum -Wconditional-uninitialized -Wmissing-variable-declarations
        -Wunreachable-code-aggressive -Wthread-safety)
endif()
if(MUSTER_WERROR)
    list(APPEND MUSTER_COMPILE_OPTIONS -Werror)
endif()
if(MUSTER_SANITIZE)
    list(APPEND MUSTER_COMPILE_OPTIONS
        -fsanitize=${MUSTER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    list(APPEND MUSTER_LINK_OPTIONS -fsanitize=${MUSTER_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    list(APPEND MUSTER_COMPILE_OPTIONS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(MUSTER_COVERAGE)
    # Several threads count in one file.
    list(APPEND MUSTER_COMPILE_OPTIONS --coverage -fprofile-update=atomic)
    list(APPEND MUSTER_LINK_OPTIONS --coverage)
endif()
