#!/usr/bin/env bash
# Who may use whom. The list is the muster_library and muster_program lines of CMakeLists.txt; this
# file only says which headers belong to which package and what the pure libraries may call.
# layers.sh BUILD_DIR
build=$(readlink -f "$1")
. "$(dirname "$0")/common.sh"

declare -A unit_of uses packages # by folder; by library or program

read_edges() {
    local line words word into
    while IFS= read -r line; do
        read -ra words <<<"$(tr '()' '  ' <<<"$line")"
        unit_of[${words[2]}]=${words[1]}
        into=
        for word in "${words[@]:3}"; do
            case $word,$into in
            USES,* | PACKAGES,*) into=$word ;;
            *,USES) uses[${words[1]}]+=" $word" ;;
            *,PACKAGES) packages[${words[1]}]+=" $word" ;;
            esac
        done
    done < <(grep -E '^muster_(library|program)\(' CMakeLists.txt)
}

# The package of Debian that a header is from: "system" for C, POSIX and Linux.
package_of() { # HEADER
    case $1 in
    nng/*) echo nng ;;
    openssl/*) echo openssl ;;
    sodium.h) echo libsodium ;;
    protobuf-c/*) echo libprotobuf-c ;;
    sqlite3.h) echo sqlite3 ;;
    confuse.h) echo libconfuse ;;
    expat.h) echo expat ;;
    csv.h) echo libcsv ;;
    jansson.h) echo jansson ;;
    libsmartcols/*) echo smartcols ;;
    assert.h | ctype.h | errno.h | inttypes.h | limits.h | locale.h | math.h | signal.h | stdalign.h | \
        stdarg.h | stdatomic.h | stdbool.h | stddef.h | stdint.h | stdio.h | stdlib.h | string.h | time.h | \
        arpa/inet.h | dirent.h | fcntl.h | iconv.h | netinet/*.h | poll.h | pthread.h | strings.h | sys/*.h | \
        syslog.h | unistd.h) echo system ;;
    *) echo unknown ;;
    esac
}

# The readers of settings use libconfuse themselves, through the core/config that they use.
package_allowed() { # FILE UNIT PACKAGE
    case $1,$3 in
    gateway/config*.[ch],libconfuse | agents/client/settings.c,libconfuse) return 0 ;;
    esac
    case " system ${packages[$2]:-} " in
    *" $3 "*) return 0 ;;
    *" libcrypto "*) [ "$3" = openssl ] ;;
    *) return 1 ;;
    esac
}

check_include() { # FILE LINE HEADER
    local file=$1 at="$1:$2" header=$3 unit=${unit_of[$(dirname "$1")]:-} into package
    if [ -z "$unit" ]; then
        finding "$at: the folder has no muster_library or muster_program line in CMakeLists.txt"
    elif [ -f "include/$header" ]; then
        return 0
    elif [[ $header == *.pb-c.h ]]; then
        [[ " ${uses[$unit]:-} " == *" proto "* ]] || finding "$at: only core/codec includes $header"
    elif [ -f "$header" ]; then
        into=${unit_of[$(dirname "$header")]:-tests}
        [ "$into" = "$unit" ] || [[ " ${uses[$unit]:-} " == *" $into "* ]] ||
            finding "$at: $unit must not include $header of $into"
    else
        package=$(package_of "$header")
        [ "$package" != unknown ] || finding "$at: $header belongs to no package that package_of knows"
        [ "$package" = unknown ] || package_allowed "$file" "$unit" "$package" ||
            finding "$at: $unit must not include $header of $package"
    fi
}

check_includes() {
    local file line header package
    while IFS=: read -r file line header; do
        check_include "$file" "$line" "$header"
    done < <(project_files 'core/*.[ch]' 'core/*.inc' 'gateway/*.[ch]' 'agents/*.[ch]' |
        xargs grep -nHE '^ *# *include' | sed -E 's/: *# *include *[<"]([^>"]*)[>"].*/:\1/')
    while IFS=: read -r file line header; do
        package=$(package_of "$header")
        [ -f "include/$header" ] || [ "$package" = system ] ||
            finding "$file:$line: include/muster is for everyone and must not include $header"
    done < <(grep -nHE '^ *# *include' include/muster/*.h | sed -E 's/: *# *include *[<"]([^>"]*)[>"].*/:\1/')
}

# --- what the pure libraries call -----------------------------------------------------------------

# Bytes and texts that the caller hands over; the answer depends on nothing else.
pure='mem(chr|cmp|cpy|mem|move|rchr|set)|bcmp|str(chr|cmp|cspn|len|ncmp|nlen|rchr|spn|str)'
# Text into the caller's memory.
pure+='|snprintf|vsnprintf'
# The caller's memory again. glibc sorts more than 1 KiB in memory of its own.
pure+='|qsort|bsearch'
domain=$pure
# The encodings and the words for people of core/base; the wipe of key bytes.
tlog="$pure|base64_(de|en)code|hex_(de|en)code|utf8_valid|muster_fail|muster_wrap|muster_wipe"
# Digests of libcrypto and Ed25519 signatures of libsodium: functions of their arguments. Both
# allocate for themselves; a signing key lies in memory of libsodium's that no core dump has.
tlog+='|EVP_(Digest|DigestInit_ex2|DigestUpdate|DigestFinal_ex|MD_CTX_new|MD_CTX_free|MD_fetch|MD_free|sha256)'
tlog+='|crypto_sign_ed25519_(detached|seed_keypair|verify_detached)|sodium_(free|init|malloc)'
# What compilers and sanitizers add.
support='_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|tsan|lsan|gcov|sanitizer|stack_chk|sancov|llvm)_.*|llvm_.*'
support+='|__(start|stop)___sancov_.*'

check_pure() { # LIBRARY ALLOWED
    local library=$build/libmuster_$1.a name
    if [ ! -f "$library" ]; then
        finding "$library is missing: build first"
        return
    fi
    # The checking forms of -D_FORTIFY_SOURCE count as what they check.
    while IFS= read -r name; do
        finding "core/$1: must not call $name: it is pure (see $0 for what it may call)"
    done < <(comm -23 \
        <(nm -u "$library" | awk '/ [Uw] /{print $2}' | sed -E 's/^__(.*)_chk$/\1/' | sort -u) \
        <(nm -g --defined-only "$library" | awk 'NF == 3 {print $3}' | sort -u) |
        grep -vxE "$2|$support" || true)
}

# --- one name, one meaning ------------------------------------------------------------------------

defined_in() { # LABEL FILE...
    local label=$1
    shift
    nm -g --defined-only "$@" 2>/dev/null | awk -v label="$label" 'NF == 3 && $3 !~ /^__/ {print $3, label}' | sort -u
}

# The linker takes the first of two functions with one name and says nothing.
check_names() {
    local program objects all name where library
    all=$(find "$build" -name 'libmuster_*.a' | sort | while IFS= read -r library; do
        defined_in "$(basename "$library")" "$library"
    done)
    [ -n "$all" ] || finding "no library in $build: build first"
    while read -r name where; do
        finding "$name is defined twice: $where. Rename one, with its module's name in front"
    done < <(awk '{n[$1]++; at[$1] = at[$1] " " $2} END {for (i in n) if (n[i] > 1) print i at[i]}' <<<"$all" | sort)
    while IFS= read -r program; do
        mapfile -t objects < <(find "$build/CMakeFiles/$program.dir" -name '*.o' 2>/dev/null)
        [ ${#objects[@]} -gt 0 ] || continue
        while read -r name where; do
            finding "$name is defined twice: $program $where. Rename one, with its module's name in front"
        done < <(join <(defined_in "$program" "${objects[@]}" | cut -d' ' -f1) <(sort <<<"$all"))
    done < <(sed -nE 's/^muster_program\(([^ ]*).*/\1/p' CMakeLists.txt)
}

read_edges
check_includes
check_pure domain "$domain"
check_pure tlog "$tlog"
check_names
finish "The edges are in CMakeLists.txt, their reasons in docs/architecture.md."
