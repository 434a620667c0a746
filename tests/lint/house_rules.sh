#!/usr/bin/env bash
# House rules that a search can hold. A rule names what to do instead; an exception names its file,
# how many lines, and why. A count that no longer holds is a finding too, so that the list stays true.
. "$(dirname "$0")/common.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
product='^(core|gateway|agents|include)/'
everything='.'

exceptions() { # RULE FILE COUNT REASON, the reason in words
    cat <<'LIST'
waiting gateway/store/connection.c 1 another process holds the lock and nothing tells when it lets go
waiting gateway/main.c 1 a gateway that has just ended may still hold the port
waiting agents/agent/submit.c 1 the pause before trying again is what was asked for
waiting tests/unit/core/wire/wire_fixture.c 1 looks again at a condition, under a deadline
clock core/base/clock.c 1 the one reader of the clock
clock tests/unit/core/seal/test_seal_index.c 1 the C library's calendar as the oracle
clock tests/unit/core/domain/figures/test_figures_contribution_oracle.c 2 the C library's calendar as the oracle
clock tests/unit/core/domain/rules/test_domain_calendar.c 3 the system's time zone as the oracle
heap core/base/arena.c 2 the one user of the heap
heap core/config/config.c 2 libconfuse frees the names itself
LIST
}

# Files over 500 lines and functions over 60 as they are: none may grow, none may be added.
sizes() { # FILE[:FUNCTION] LINES REASON
    cat <<'LIST'
tests/faults/wire/test_wire_hostile.c 507 one hostile peer after the other
tests/unit/agents/formats/test_formats_cin.c 689 tables of cases
tests/unit/core/base/test_base_file.c 560 one way of a disk to fail after the other
tests/unit/core/wire/test_wire_server.c 784 one server, every way of its end
tests/unit/agents/formats/test_formats_csv.c:test_file_when_written_in_many_ways_then_read_or_refused_as_a_whole 85 one table of cases
tests/unit/core/codec/test_codec_reply.c:test_reply_when_bytes_are_made_by_hand_then_each_is_judged 68 one table of cases
tests/unit/core/domain/figures/test_figures_attendance.c:test_add_when_one_invitation_then_its_class 64 one table of cases
tests/unit/core/domain/rules/test_domain_calendar.c:test_instant_when_parsed_then_every_form_of_the_contract 69 one table of cases
tests/unit/core/tlog/test_tlog_receipt.c:test_tlog_receipt_when_altered_then_the_reason_says_how 71 one table of cases
LIST
}

# Code without comments and without what stands between quotes, as file:line:text.
strip_code() {
    # shellcheck disable=SC2016
    xargs awk '
        FNR == 1 { inside = 0 }
        {
            text = $0; out = ""
            while (text != "") {
                if (inside) {
                    at = index(text, "*/")
                    if (at == 0) { text = ""; break }
                    text = substr(text, at + 2); inside = 0
                } else if (match(text, /\/\*|"([^"\\]|\\.)*"|'"'"'([^'"'"'\\]|\\.)*'"'"'/)) {
                    out = out substr(text, 1, RSTART - 1)
                    inside = substr(text, RSTART, 2) == "/*"
                    if (!inside) out = out substr(text, RSTART, 1) substr(text, RSTART, 1)
                    text = substr(text, RSTART + RLENGTH)
                } else { out = out text; text = "" }
            }
            print FILENAME ":" FNR ":" out
        }' <"$work/files"
}

# rule NAME ADVICE FILES PATTERN: lines of the code that match, less the exceptions.
rule() {
    local rule=$1 advice=$2 hits file count allowed
    hits=$(grep -E "$3" "$work/code" | grep -P "^[^:]+:[0-9]+:.*($4)" || true)
    while read -r count file; do
        allowed=$(exceptions | awk -v r="$rule" -v f="$file" '$1 == r && $2 == f {print $3}')
        [ "${allowed:-0}" -ne "$count" ] || continue
        grep -F "$file:" <<<"$hits" | sed 's/^/  /' >&2
        finding "$file: $rule: $count line(s), ${allowed:-0} allowed. $advice"
    done < <(grep . <<<"$hits" | cut -d: -f1 | sort | uniq -c)
    while read -r file; do
        grep -qF "$file:" <<<"$hits" || finding "$file: $rule: the exception is not needed any more: take it out of $0"
    done < <(exceptions | awk -v r="$rule" '$1 == r {print $2}')
}

# words ADVICE PATTERN FILE...: lines of any text that match; no exceptions.
words() {
    local advice=$1 pattern=$2 hit
    shift 2
    while IFS= read -r hit; do
        finding "$hit
  $advice"
    done < <(grep -nIHP "$pattern" "$@" 2>/dev/null || true)
}

# What is over the limits, as NAME LINES. Our formatting puts a function's braces, and only those,
# alone into the first column.
oversized() {
    # shellcheck disable=SC2016
    xargs awk '
        function file_end() { if (lines > 500) print before, lines }
        FNR == 1 { file_end(); before = FILENAME; start = 0 }
        { lines = FNR }
        /^[A-Za-z_].*\(/ && !/;$/ { start = FNR; name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
        /^}$/ && start > 0 { if (FNR - start >= 60) print FILENAME ":" name, FNR - start + 1; start = 0 }
        END { file_end() }' <"$work/files" | sort
}

check_sizes() {
    local name lines allowed
    while read -r name lines allowed; do
        if [ "$lines" = none ]; then
            finding "$name: is not over its limit any more: take it out of $0"
        elif [ "$allowed" = none ] || [ "$lines" -gt "$allowed" ]; then
            finding "$name: $lines lines (a file may have 500, a function 60). Split it by meaning"
        fi
    done < <(join -a 1 -a 2 -e none -o 0,1.2,2.2 <(oversized) <(sizes | cut -d' ' -f1,2 | sort))
}

# A status that is ignored on purpose says why, on its line or the one before.
# shellcheck disable=SC2016
check_ignored() {
    local names
    names=$(xargs cat <"$work/files" | grep -oE '^(static )?enum muster_status [a-z0-9_]+\(' |
        sed -E 's/.* ([a-z0-9_]+)\(/\1/' | grep -vE '_(fail|wrap)$' | sort -u | paste -sd'|')
    while IFS= read -r hit; do
        finding "$hit: a status is ignored: say why, on this line or the one before"
    done < <(grep -E "$product" "$work/files" | xargs awk -v call="\\(void\\)($names)\\(" '
        FNR == 1 { before = "" }
        $0 ~ call && !/\/\*/ && before !~ /\*\/ *$/ { print FILENAME ":" FNR }
        { before = $0 }')
}

project_files '*.c' '*.h' '*.inc' >"$work/files"
strip_code >"$work/code"

rule waiting "Wait for the event itself, under a deadline." "$everything" \
    '\b(u?sleep|nanosleep|clock_nanosleep|thrd_sleep) *\(|\bpoll *\( *NULL'
# Not the tests: they put constants together, under the address sanitizer.
rule unbounded "Use snprintf or core/base/buffer.h; strtol and its errors for numbers." "$product" \
    '\b(strcpy|strcat|stpcpy|v?sprintf|gets|ato[ifl]|atoll|strtok(_r)?) *\('
rule random "Take randomness from core/seal, or a seeded generator of the test's own." "$everything" \
    '\b(s?rand|rand_r|s?random|[dlm]rand48) *\('
rule clock "Ask core/base/clock.h, and only outside core/domain and core/tlog." "$everything" \
    '\b(time|clock_gettime|clock|gettimeofday|localtime(_r)?|gmtime(_r)?|mktime) *\('
rule heap "Use an arena, or muster_alloc and muster_free: the fault loops count those." "$product" \
    '\b(malloc|calloc|realloc|reallocarray|free|strn?dup|v?asprintf|getline|alloca) *\('
rule goto "One label for leaving, called out." "$everything" '\bgoto (?!out;)'
rule comments "Write /* */." "$everything" '//'
rule typedefs "Name structs by their tag; typedef only for the type of a callback." "$everything" \
    '\btypedef (struct|union|enum) [a-z_]+ *\{'
rule leaving "Return the status: only main ends a program." '^(core|gateway/(store|service)|agents/(client|formats|outbox))/' \
    '\b(exit|_exit|abort|quick_exit) *\('

mapfile -t texts < <(project_files '*' | grep -vxE 'tests/lint/house_rules\.sh')
mapfile -t pages < <(project_files '*.md' '*.1' '*.5' '*.8')
words "Do it now, or leave it out." '\b(TODO|FIXME|XXX|HACK)\b' "${texts[@]}"
words "Name no folder of one machine." '(?<![\w.])/(work|home/\w|root)/' "${texts[@]}"
words "Only the project's own packages of Debian are used." \
    '\b(pypi\.org|registry\.npmjs|crates\.io|proxy\.golang|docker\.io|rubygems\.org|deb\.debian\.org)' "${texts[@]}"
[ ${#pages[@]} -eq 0 ] || words "A page speaks of Muster, not of how it was written." \
    '(?i)\b(this|last|earlier|previous) session\b|\b(?-i:AI|LLM)\b|language model|chat ?bot|as requested|the brief\b' "${pages[@]}"
check_sizes
check_ignored
finish "An exception is a line in $0 with its reason."
