#!/usr/bin/env bash
# The attendance report over a generated England (england.h), ten years and one, and the same report
# in PostgreSQL. Both answer in turn and the answers are compared. Arguments: the programs' folder,
# a world with certificates, meetings a year (460000 is the whole, 46000 a tenth), rounds.
set -euo pipefail
bin=$(realpath "$1") world=$(realpath "$2") per_year=$3 rounds=$4
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/bench/postgres.sh"
peer=$world/postgres
turns=5
place=$world/england
council=la-017 council_number=102 # la-017: 17 * 6, see england.h
from_ms=$(date --utc --date=2026-01-01T00:00:00Z +%s)000
to_ms=$(date --utc --date=2026-03-31T23:00:00Z +%s)000
trap 'postgres_stop "$peer"; rm -rf "$place"' EXIT

bench() { "$bin/bench_attendance" "$@"; }

query() { # "" or a condition -> the peer's statement
    sed -e "s/FROM_MS/$from_ms/; s/TO_MS/$to_ms/; s/CONVENER/$1/" "$root/tests/bench/peer/attendance_query.sql"
}

fill_peer() {
    local table
    postgres_start "$peer" "$world/certs"
    postgres_psql "$peer" --file="$root/tests/bench/peer/attendance.sql"
    for table in agency meeting invitation attendance; do
        bench rows "$table" 10 "$per_year" | postgres_psql "$peer" --command="\\copy $table FROM STDIN"
    done
    postgres_psql "$peer" --file="$root/tests/bench/peer/attendance_indexes.sql"
}

peer_time() { # FILE ROUNDS -> median us
    rm -f "$peer"/pgbench_log.*
    (cd "$peer" && postgres_pgbench "$peer" --client=1 --transactions="$2" --log --file="$1" postgres \
        >pgbench.out 2>pgbench.err) || { cat "$peer/pgbench.err" >&2; return 3; }
    cat "$peer"/pgbench_log.* | cut -d' ' -f3 | sort -n | awk '{at[NR] = $1} END {print at[int((NR + 1) / 2)]}'
}

# What both say, without our percentages and late invitations: expected ... undisputed_counted.
ours_for_peer() { cut -d, -f1-9,11,12,17-19,22,23 "$1"; }

take() { # NAME COMMAND...: one turn's figures
    local name=$1
    shift
    "$@" >>"$place/$name"
}

median() { # NAME -> of the turns' medians, in us
    cut -d' ' -f1 "$place/$1" | sort -n | awk '{at[NR] = $1} END {print at[int((NR + 1) / 2)]}'
}

most_memory() { cut -d' ' -f2 "$place/$1" | sort -n | tail -1; } # NAME -> KiB

compare_answers() { # CSV CONDITION
    query "$2" | postgres_psql "$peer" --csv --tuples-only --file=- >"$place/peer.csv"
    ours_for_peer "$1" | cmp - "$place/peer.csv" ||
        printf 'THE ANSWERS DIFFER: figures of different questions mean nothing\n'
}

row() { # TITLE OURS PEER AIM
    awk -v title="$1" -v ours="$2" -v peer="$3" -v aim="$4" 'BEGIN {
        printf "%-44s %10.2f %10.2f  %5.2f  %s\n", title, ours / 1000, peer / 1000, ours / peer, aim}'
}

rm -rf "$place"
mkdir -p "$place"
bench make "$place/one.db" 1 "$per_year" >/dev/null
bench make "$place/ten.db" 10 "$per_year" >"$place/made"
fill_peer
printf '%s in the store; its size %s MiB, the peer'\''s %s MiB\n' "$(cat "$place/made")" \
    "$(($(stat -c %s "$place/ten.db") >> 20))" \
    "$(postgres_psql "$peer" --csv --tuples-only --command='SELECT pg_database_size(current_database()) >> 20')"
query "" >"$peer/all.sql"
query "AND m.convener = $council_number" >"$peer/council.sql"

# In turn, so that whatever else the machine does falls on all alike.
for ((turn = 1; turn <= turns; turn++)); do
    take all_ten bench ask "$place/ten.db" "$rounds" "$place/all.csv"
    take all_peer peer_time all.sql "$rounds"
    take all_one bench ask "$place/one.db" "$rounds" "$place/all-one.csv"
    take one_ten bench ask "$place/ten.db" $((rounds * 20)) "$place/council.csv" "$council"
    take one_peer peer_time council.sql $((rounds * 20))
    take one_one bench ask "$place/one.db" $((rounds * 20)) "$place/council-one.csv" "$council"
done
compare_answers "$place/all.csv" ""
compare_answers "$place/council.csv" "AND m.convener = $council_number"
cmp "$place/all.csv" "$place/all-one.csv"

printf '%-44s %10s %10s  %5s  %s\n' "a quarter's attendance, median ms" muster postgres ratio aim
row "one council's" "$(median one_ten)" "$(median one_peer)" "below 20 ms, ratio at most 1"
row "all councils'" "$(median all_ten)" "$(median all_peer)" "below 1000 ms, ratio at most 1"
printf '%-44s %10s %10s  %5s  %s\n' "" "ten years" "one year" "" ""
row "one council's" "$(median one_ten)" "$(median one_one)" "at most 1.20"
row "all councils'" "$(median all_ten)" "$(median all_one)" "at most 1.20"
printf 'peak memory of the process that asks: %s KiB for all, %s KiB for one (aim: below 65,536)\n' \
    "$(most_memory all_ten)" "$(most_memory one_ten)"
