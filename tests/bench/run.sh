#!/usr/bin/env bash
# ./run bench: figures in ratios to floors and peers of the same run. Nothing is asserted: machines
# are shared and noisy. Argument: the folder of the release build's programs.
set -euo pipefail
bin=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/world.sh"
world=$root/build/bench
trap 'world_stop "$world"' EXIT

title() { printf '\n== %s\n' "$*"; }
resident() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }

world_stop "$world"
world_make "$world" 0
# One agency holds all the idle connections.
sed -i 's/per_identity = .*/per_identity = 5000/' "$world/conf/gateway.conf"

title "start on an empty store"
times=()
for _ in 1 2 3 4 5 6 7 8 9; do
    rm -f "$world"/gateway.db* "$world"/high-water* "$world/gateway.pid"
    from=$(date +%s%N)
    "$bin/musterd" --config "$world/conf/gateway.conf" 2>>"$world/gateway.log" </dev/null &
    pid=$!
    until [ -s "$world/gateway.pid" ]; do
        kill -0 "$pid" 2>/dev/null || { tail -1 "$world/gateway.log" >&2; exit 3; }
    done
    times+=($((($(date +%s%N) - from) / 1000)))
    kill "$pid"
    wait "$pid" 2>/dev/null || true
done
printf 'median %s us of 9 starts, process start to ready (aim: below 100,000)\n' \
    "$(printf '%s\n' "${times[@]}" | sort -n | sed -n 5p)"

world_start "$world"
pid=$(cat "$world/gateway.pid")

title "memory of the gateway (KiB resident)"
before=$(resident "$pid")
hold() { # N -> resident memory with N idle connections
    coproc IDLE { "$bin/bench_idle" "$world/conf/police.conf" "$1"; }
    read -r _ <&"${IDLE[0]}"
    resident "$pid"
    echo >&"${IDLE[1]}"
    wait "$IDLE_PID" 2>/dev/null || true
}
hundred=$(hold 100)
more=$(hold 1100)
printf 'without connections %s; with 100 idle agents %s (aim: below 32,768); with 1,100 %s: %s KiB for each further one (aim: below 64)\n' \
    "$before" "$hundred" "$more" "$(((more - hundred) / 1000))"

title "submissions beside PostgreSQL"
"$root/tests/bench/submission.sh" "$bin" "$world" "${MUSTER_BENCH_SECONDS:-3}" "${MUSTER_BENCH_TURNS:-5}"

title "attendance beside PostgreSQL"
# A tenth of England; MUSTER_BENCH_ENGLAND=460000 is the whole: 23 million invitations.
"$root/tests/bench/attendance.sh" "$bin" "$world" "${MUSTER_BENCH_ENGLAND:-46000}" 5

title "latency"
mkdir -p "$world/latency"
"$bin/bench_latency" "$world/conf/police.conf" "$world/certs/gateway-tls.pem" \
    "$world/certs/gateway-tls.key" "$world/latency" "${MUSTER_BENCH_ROUNDS:-1000}"
printf 'aim: the submission at most 1.50 times the floor\n'
