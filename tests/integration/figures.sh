#!/usr/bin/env bash
# Every figure against a recalculation from random exports, through real agents. MUSTER_SEED=N
# repeats one seed; MUSTER_FULL=1 tries twenty that nobody has chosen.
. "$(dirname "$0")/lib.sh"
need_tools openssl python3

seeds="1 2 3"
[ "${MUSTER_FULL:-0}" != 1 ] || seeds=$(for _ in $(seq 20); do echo "$RANDOM"; done)
seeds=${MUSTER_SEED:-$seeds}

# Two agencies more than the development's four.
add_agency() { # ID KIND
    issue "$1-tls" client "URI:urn:muster:agency:$1,URI:urn:muster:role:submitter"
    issue "$1-sign" signing "URI:urn:muster:agency:$1"
    sed "s/police/$1/g" "$root/agents/conf/police.conf" >"$world/conf/$1.conf"
    printf 'agency "%s" {\n  name = "%s"\n  kind = "%s"\n}\n' "$1" "$1" "$2" >>"$world/conf/gateway.conf"
}

for seed in $seeds; do
    make_world
    add_agency gp-hill practice
    add_agency housing other
    sed -i 's/^agencies = .*/agencies = {"council", "gp-hill", "health", "housing", "police", "school"}/' \
        "$world/conf"/{council,gp-hill,health,housing,police,school}.conf
    sed -i 's/^  cycle_start = "[^"]*"/  cycle_start = "2022-12-05"/' "$world/conf/gateway.conf"
    start
    expect 0 "seed $seed: every cell is as recalculated" \
        env PYTHONDONTWRITEBYTECODE=1 python3 "$here/figures.py" "$world" "$bin" "$seed"
    tail -1 "$out" | sed 's/^/info    /'
    rows_agree "seed $seed: every row that figures are made from is what its record says"
    stop
    mv "$world" "$tmp/seed-$seed"
done
finish
