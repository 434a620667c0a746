# What the integration tests share: a world of their own, counted expectations, a search of every
# program's messages for a sanitizer's report. Sourced by bash scripts that are given the folder of
# the programs as their first argument. Bash.
#
# A test sources this file, calls `make_world`, states what it expects and ends with `finish`.
# MUSTER_KEEP=1 leaves the world behind for a look.
set -uo pipefail

[ $# -ge 1 ] || { printf 'usage: %s FOLDER_OF_THE_PROGRAMS\n' "$0" >&2; exit 2; }
bin=$(cd "$1" && pwd) || exit 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/tests/lib/world.sh"

# A process that hides from debuggers hides from the leak checker too. Times are said in Europe/London
# or UTC by the programs themselves: the machine's own zone must not matter.
export MUSTER_ALLOW_CORE=1 LC_ALL=C TZ=America/New_York
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/muster-$(basename "$0" .sh).XXXXXX") || exit 3
world=$tmp/world
passed=0
failed=0
out=$tmp/out # what the last command printed
err=$tmp/err # what it complained
status=0     # how it ended

# Ends what this test started, and nothing else: world_stop looks whose process it is.
clean_up() {
    local pid_file
    for pid_file in "$tmp"/*/gateway.pid; do
        [ ! -s "$pid_file" ] || world_stop "$(dirname "$pid_file")" KILL
    done
    if [ "${MUSTER_KEEP:-0}" = 1 ]; then
        printf 'left behind: %s\n' "$tmp"
    else
        rm -rf "$tmp"
    fi
}
trap clean_up EXIT

need_tools() { # TOOL... : without one of them the test is skipped, loudly
    local tool
    for tool in "$@"; do
        if ! command -v "$tool" >/dev/null; then
            printf 'SKIPPED: %s is not installed\n' "$tool" >&2
            exit 77
        fi
    done
}

ok() {
    passed=$((passed + 1))
    printf 'ok      %s\n' "$*"
}

not_ok() {
    failed=$((failed + 1))
    printf 'NOT OK  %s\n' "$*"
}

show_last() {
    printf '        status %s\n' "$status"
    sed 's/^/        out: /' "$out" | head -30
    sed 's/^/        err: /' "$err" | head -30
}

# Runs a command and keeps how it ended and what it said.
run() { # COMMAND...
    "$@" >"$out" 2>"$err" </dev/null
    status=$?
    cat "$err" >>"$tmp/complaints.log"
}

expect() { # STATUS "WHAT" COMMAND...
    local wanted=$1 what=$2
    shift 2
    run "$@"
    if [ "$status" -eq "$wanted" ]; then
        ok "$what"
        return
    fi
    not_ok "$what: ended with $status, not $wanted"
    show_last
}

# What the last command said, on either channel.
says() { # "WHAT" EXTENDED_REGULAR_EXPRESSION
    if grep -qE -- "$2" "$out" "$err"; then
        ok "$1"
        return
    fi
    not_ok "$1: nothing like '$2' was said"
    show_last
}

says_not() { # "WHAT" EXTENDED_REGULAR_EXPRESSION
    if ! grep -qE -- "$2" "$out" "$err"; then
        ok "$1"
        return
    fi
    not_ok "$1: something like '$2' was said"
    show_last
}

equal() { # "WHAT" WANTED FOUND
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1: wanted '$2', found '$3'"
    fi
}

same_file() { # "WHAT" WANTED_FILE FOUND_FILE
    if cmp -s "$2" "$3"; then
        ok "$1"
        return
    fi
    not_ok "$1"
    diff "$2" "$3" | sed 's/^/        /' | head -30
}

# A cell of the csv that the last command printed: the row by its first column. No test's tables have
# a comma inside a cell.
cell() { # ROW COLUMN
    awk -F, -v row="$1" -v column="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
        NR > 1 && $1 == row && at { print $at; exit }' "$out"
}

# The sum of a column of that csv.
total() { # COLUMN
    awk -F, -v column="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
        NR > 1 && at { sum += $at }
        END { print sum + 0 }' "$out"
}

# A certificate of the world's authority beside those that it has; PROFILE of certs/openssl.cnf.
issue() { # NAME PROFILE SUBJECT_ALTERNATIVE_NAME [OPENSSL_CA_ARGUMENTS...]
    local name=$1 profile=$2 work=$tmp/issue.$BASHPID
    export MUSTER_OUT=$world/certs MUSTER_SAN=$3
    shift 3
    mkdir -p "$work"
    if ! {
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key" &&
            openssl req -new -config "$root/certs/openssl.cnf" -key "$work/key" -subj "/O=Muster test/CN=$name" -out "$work/csr" &&
            openssl ca -batch -notext -config "$root/certs/openssl.cnf" -extensions "$profile" "$@" \
                -in "$work/csr" -out "$work/pem"
    } >"$work/said" 2>&1; then
        cat "$work/said" >&2
        exit 3
    fi
    chmod 600 "$work/key"
    mv "$work/key" "$world/certs/$name.key"
    mv "$work/pem" "$world/certs/$name.pem"
    rm -rf "$work"
}

make_world() {
    world_make "$world" 0 || { printf 'the world could not be made\n' >&2; exit 3; }
}

start() {
    world_start "$world" || { printf 'the gateway did not start\n' >&2; exit 3; }
}

stop() {
    world_stop "$world" "$@"
}

agent() { # AGENCY ARGUMENTS...
    world_agent "$world" "$@"
}

ask() { # WHO ARGUMENTS...
    world_ask "$world" "$@"
}

# Submits and prints the counts as csv: file,rows,unchanged,accepted,duplicate,refused,...
submit() { # AGENCY FILE...
    local agency=$1
    shift
    agent "$agency" submit --format csv "$@"
}

# A file of its own, submitted: the first line and the rows behind it, all of which are accepted.
put() { # AGENCY KIND LINE...
    local agency=$1 kind=$2 folder
    folder=$(mktemp -d "$tmp/put.XXXXXX")
    shift 2
    printf '%s\n' "$@" >"$folder/$kind.csv"
    run submit "$agency" "$folder/$kind.csv"
    equal "$agency submits $kind" $(($# - 1)) "$(total accepted)"
}

# The log's entries as csv.
entries() {
    python3 "$here/read_log.py" "$world/gateway.db"
}

until_true() { # COMMAND... : within 20 s
    local tries
    for tries in $(seq 400); do
        "$@" && return
        sleep 0.05
    done
    return 1
}

# A backup compares every row that reports are made from with the sealed record it came from.
rows_agree() { # "WHAT"
    expect 0 "$1" "$bin/musterd" --config "$world/conf/gateway.conf" backup "$tmp/rows-agree.db"
    rm -f "$tmp/rows-agree.db"
}

query() { # SQL : asks the gateway's store, read-only
    sqlite3 -readonly "$world/gateway.db" "$1"
}

export_receipts() { # AGENCY FOLDER
    rm -rf "$2"
    agent "$1" receipts --export "$2"
}

verify_folder() { # FOLDER [KEY_FILE] : every receipt of it, whatever their number; prints the sum
    local result
    find "$1" -name '*.tlog-proof' -print0 |
        xargs -0 -s 1000000 -n 4000 "$bin/muster" receipt verify --vkey "$(cat "${2:-$world/log.vkey}")" >"$tmp/verified"
    result=$?
    awk '/ receipts verified$/ { good += $1; all += $3 } END { print good + 0 " of " all + 0 " receipts verified" }' \
        "$tmp/verified"
    return $result
}

# Counts the sanitizers' reports as failures and says how it went.
finish() {
    local reports="ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:"
    if grep -nE "$reports" "$tmp"/*.log "$tmp"/*/*.log; then
        not_ok "no sanitizer reported anything"
        tail -60 "$tmp"/*/gateway.log
    fi
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}
