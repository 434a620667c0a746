#!/usr/bin/env bash
# A store with one bit changed, wherever it is: either nothing was lost by it, or it is no backup.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3
flips=$([ "${MUSTER_FULL:-0}" = 1 ] && echo 1000 || echo 48)

make_world
start
samples=$root/agents/sample/exports
for agency in council school; do
    run submit $agency "$samples/$agency"/*.csv
    run submit $agency # the heartbeats of a witness
done
run ask lscb mailbox
stop
expect 0 "the store is a backup" "$bin/musterd" --config "$world/conf/gateway.conf" backup "$tmp/good.db"
expect 0 "and with one bit changed it is none, unless nothing was changed by that" \
    python3 "$here/flip_bits.py" "$world/gateway.db" "$bin/musterd" "$world/conf/gateway.conf" "$flips"
grep '^flipped' "$out"
equal "most of what was changed counts" yes "$(awk -v least=$((flips * 2 / 3)) '/^flipped/ {print (($4 + 0 >= least) ? "yes" : $0)}' "$out")"
finish
