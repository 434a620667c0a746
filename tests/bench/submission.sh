#!/usr/bin/env bash
# The submission path beside PostgreSQL: both on this machine's disk, over TLS 1.3, in turn, so that
# whatever else the machine does falls on both. Prints medians of the rounds. Arguments: the
# programs' folder, a world whose gateway runs, seconds of one measurement, rounds.
set -euo pipefail
bin=$1 world=$2 seconds=$3 rounds=$4
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib/world.sh"
. "$root/tests/bench/postgres.sh"
. "$root/tests/bench/submission_peer.sh"
peer=$world/postgres
results=$world/results
trap 'postgres_stop "$peer"' EXIT

agent() { # MODE N -> submissions a second, median us, 99th percentile us
    rm -rf "$world/load"
    mkdir "$world/load"
    "$bin/bench_submit" "$world/conf/police.conf" "$world/load" "$seconds" "$1" "$2"
}

rows() { # CLIENTS ROWS: as agent, rows instead of transactions
    peer_run "$peer" "$1" "$2" "$seconds" | awk -v rows="$2" '{print $1 * rows, $2, $3}'
}

# Append and fdatasync plus echo; a submission by itself, from request to reply and the whole way from
# signing to the verified receipt.
latency() {
    mkdir -p "$world/latency"
    "$bin/bench_latency" "$world/conf/police.conf" "$world/certs/gateway-tls.pem" "$world/certs/gateway-tls.key" \
        "$world/latency" 300 >"$results/latency"
    awk '/^floor: both/ {print 0, $4, $5}' "$results/latency" >>"$results/floor"
    awk '/signed bytes to reply/ {print 0, $(NF - 2), $(NF - 1)}' "$results/latency" >>"$results/alone"
    awk '/verified receipt, no disk/ {print 0, $(NF - 2), $(NF - 1)}' "$results/latency" >>"$results/whole"
}

# What the signatures of one submission cost that is signed by itself, with nothing around them: the
# agent signs and verifies, the gateway verifies and signs. On every core at once, as under load: what
# the machine calls cores need not be.
arithmetic() {
    local core busy=()
    for ((core = 1; core <= $(nproc); core++)); do
        "$bin/bench_signatures" "$world/conf/police.conf" >>"$results/arithmetic" &
        busy+=($!)
    done
    wait "${busy[@]}"
}

take() { # NAME COMMAND...: appends one round's figures
    local name=$1
    shift
    "$@" >>"$results/$name"
}

median() { # NAME COLUMN
    cut -d' ' -f"$2" "$results/$1" | sort -n | awk '{at[NR] = $1} END {print at[int((NR + 1) / 2)]}'
}

spread() { # NAME -> lowest to highest rate of the rounds
    cut -d' ' -f1 "$results/$1" | sort -n | sed -n '1p;$p' | paste -sd- | sed 's/-/ to /'
}

compare() { # TITLE OURS PEER AIM
    local ours peers
    ours=$(median "$2" 1) peers=$(median "$3" 1)
    printf '%-52s %9d %9d  %5s  %-6s %s; %s\n' "$1" "$ours" "$peers" \
        "$(awk -v a="$ours" -v b="$peers" 'BEGIN {printf "%.2f", a / b}')" "$4" "$(spread "$2")" "$(spread "$3")"
}

rm -rf "$results"
mkdir -p "$results"
postgres_start "$peer" "$world/certs"
postgres_psql "$peer" --file="$root/tests/bench/peer/submission.sql"
for ((round = 1; round <= rounds; round++)); do
    take outbox agent outbox 16
    take peer_16 rows 16 1
    take agents agent agents 16
    take batches agent batches 64
    take peer_rows rows 1 64
    take one agent agents 1
    take peer_1 rows 1 1
    latency
    arithmetic
done

printf '%-52s %9s %9s  %5s  %-6s %s\n' "a second, medians of $rounds rounds of $seconds s" muster postgres ratio aim \
    "lowest to highest round: muster; postgres"
compare "one agent, 16 outstanding; 16 clients" outbox peer_16 3.00
compare "16 agents, one in flight each; 16 clients" agents peer_16 1.50
compare "batches of 64; one client, 64 rows a transaction" batches peer_rows 1.00
compare "one agent, one in flight; one client" one peer_1 ""
printf '\n%-52s %9s %9s\n' "one in flight" "median us" "p99 us"
printf '%-52s %9s %9s\n' "muster, request to reply" "$(median alone 2)" "$(median alone 3)"
printf '%-52s %9s %9s\n' "muster, the same while the last receipt is verified" "$(median one 2)" "$(median one 3)"
printf '%-52s %9s %9s\n' "muster, signing to verified receipt" "$(median whole 2)" "$(median whole 3)"
printf '%-52s %9s %9s\n' "postgres, one client" "$(median peer_1 2)" "$(median peer_1 3)"
printf '%-52s %9s %9s\n' "floor: append and fdatasync, and echo over TLS" "$(median floor 2)" "$(median floor 3)"
awk -v reply="$(median alone 2)" -v whole="$(median whole 2)" -v peer="$(median peer_1 2)" -v late="$(median one 3)" \
    -v floor="$(median floor 3)" 'BEGIN {
    printf "median to the reply %.2f of PostgreSQL'\''s, to the verified receipt %.2f (aim: below 1), ", reply / peer, whole / peer
    printf "99th percentile %.2f of the floor'\''s (aim: below 3)\n", late / floor}'

printf 'signatures alone: P-256 signed in %s us, verified in %s; Ed25519 signed in %s, verified in %s: together %s.\n' \
    "$(median arithmetic 2)" "$(median arithmetic 3)" "$(median arithmetic 4)" "$(median arithmetic 5)" "$(median arithmetic 1)"
awk -v us="$(median arithmetic 1)" -v cores="$(nproc)" -v peer="$(median peer_16 1)" \
    'BEGIN {printf "%d cores that did nothing else would do %d submissions a second, each signed by itself: %.2f of PostgreSQL'\''s\n",
    cores, cores * 1e6 / us, cores * 1e6 / us / peer}'

# --- where the gateway's time goes: what it says of its stages when it stops ---

stages_of() { # MODE N -> "stage microseconds-a-submission" lines
    world_stop "$world"
    : >"$world/gateway.log"
    world_start "$world"
    agent "$1" "$2" >/dev/null
    world_stop "$world"
    awk '/>stage / {
            for (i = 2; i <= NF; i++) {split($i, part, "="); is[part[1]] = part[2]}
            name[++n] = is["code"]; ms[is["code"]] = is["ms"]; if (is["code"] == "seal") all = is["count"]
        }
        END {for (i = 1; i <= n; i++) printf "%s %.1f\n", name[i], ms[name[i]] * 1000 / all}' "$world/gateway.log"
}

for how in "outbox 16" "agents 16" "batches 64" "agents 1"; do
    stages_of ${how% *} ${how#* } >"$results/stages ${how/ /-}"
done
world_start "$world"
printf '\nwhere the gateway spends its time, us of each submission\n%-10s %10s %10s %10s %10s\n' stage "outbox 16" \
    "agents 16" "batches 64" "agents 1"
paste -d' ' "$results/stages outbox-16" "$results/stages agents-16" "$results/stages batches-64" "$results/stages agents-1" |
    awk '{printf "%-10s %10.1f %10.1f %10.1f %10.1f\n", $1, $2, $4, $6, $8; a += $2; b += $4; c += $6; d += $8}
        END {printf "%-10s %10.1f %10.1f %10.1f %10.1f\n", "together", a, b, c, d}'
