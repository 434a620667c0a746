#!/usr/bin/env bash
# The gateway is killed at random moments while four agents submit; an agent is killed while it
# submits. Afterwards no receipt is lost, nothing is counted twice, and the log adds up.
. "$(dirname "$0")/../../integration/lib.sh"
need_tools openssl sqlite3 python3

rounds=20
[ "${MUSTER_FULL:-0}" != 1 ] || rounds=200
seed=${MUSTER_SEED:-$RANDOM}
RANDOM=$seed
printf 'info    seed %s, %s rounds\n' "$seed" "$rounds"

partners="council health police school"
# The same port after every restart, so that an agent that waits finds the gateway again.
make_world
start
address=$(cat "$world/address")
sed -i "s#^listen = .*#listen = \"$address\"#" "$world/conf/gateway.conf"

# Each round every agency has rows of its own, some of them changes of the round before.
write_round() { # ROUND
    local agency n
    for agency in $partners; do
        {
            echo 'course,period,eligible,trained'
            for n in $(seq 12); do
                echo "round$1-$n,2024-25,40,$n"
            done
            [ "$1" -eq 1 ] || for n in $(seq 6); do
                echo "round$(($1 - 1))-$n,2024-25,41,$n"
            done
        } >"$tmp/training-$agency-$1.csv"
    done
}

# Sends until nothing waits; the agent itself tries for a few seconds.
finish_queue() { # AGENCY
    local tries
    for tries in $(seq 30); do
        agent "$1" submit >>"$tmp/agent-$1.out" 2>>"$tmp/agent-$1.log" && return
    done
    return 1
}

# How often what was asked for came true, over all rounds.
restarts=0
unfinished=0
for round in $(seq "$rounds"); do
    write_round "$round"
    pid=$(cat "$world/gateway.pid")
    killer=
    if [ $((round % 3)) -ne 0 ]; then
        : >"$tmp/watching"
        python3 "$root/tests/faults/kill/kill_at_commit.py" "$pid" "$world/gateway.db-wal" $((RANDOM % 2500)) >"$tmp/watching" &
        killer=$!
        until [ -s "$tmp/watching" ]; do sleep 0.01; done
    fi
    jobs=()
    for agency in $partners; do
        agent "$agency" submit "$tmp/training-$agency-$round.csv" >>"$tmp/agent-$agency.out" 2>>"$tmp/agent-$agency.log" &
        jobs+=($!)
    done
    if [ -z "$killer" ]; then
        sleep "0.$(printf '%03d' $((RANDOM % 160)))"
        kill -KILL "$pid"
    fi
    wait "$pid" $killer 2>/dev/null
    if [ $((round % 4)) -eq 0 ]; then # and once more while it recovers
        "$bin/musterd" --config "$world/conf/gateway.conf" 2>>"$world/gateway.log" </dev/null &
        pid=$!
        sleep "0.$(printf '%03d' $((RANDOM % 60)))"
        kill -KILL "$pid"
        wait "$pid" 2>/dev/null
    fi
    start
    restarts=$((restarts + 1))
    for job in "${jobs[@]}"; do
        wait "$job" || unfinished=$((unfinished + 1))
    done
done
equal "the gateway came back each time" "$rounds" "$restarts"
equal "every agent finished its queue by itself" 0 "$unfinished"
for agency in $partners; do
    expect 0 "$agency has nothing left to send" finish_queue "$agency"
done

# --- an agent is killed ---

for n in $(seq 5); do
    seq -f "extra$n-%g,2024-25,40,31" 150 | sed '1i course,period,eligible,trained' >"$tmp/training-extra-$n.csv"
    "$bin/muster-agent" --config "$world/conf/police.conf" submit "$tmp/training-extra-$n.csv" \
        >>"$tmp/agent-police.out" 2>>"$tmp/agent-police.log" &
    victim=$!
    sleep "0.$(printf '%03d' $((40 + RANDOM % 200)))"
    kill -KILL "$victim" 2>/dev/null
    wait "$victim" 2>/dev/null
done
for n in $(seq 5); do
    expect 0 "police submits again what was cut off" submit police "$tmp/training-extra-$n.csv"
    equal "every row was taken, before or now" "150,0" "$(total rows),$(total refused)"
done
expect 0 "police has nothing left to send" finish_queue police

# --- what came of it ---

rows=$((rounds * 4 * 12 + (rounds - 1) * 4 * 6 + 5 * 150))
equal "every row is held" "$rows" "$(query 'select count(*) from submission')"
equal "no version of a record is held twice" 0 \
    "$(query 'select count(*) from (select 1 from submission group by key_ix, version having count(*) > 1)')"
equal "no submission is held twice" "$rows" "$(query 'select count(distinct uuid) from submission')"
equal "every record has its changes and no more" "$(((rounds - 1) * 4 * 6))" \
    "$(query 'select count(*) from submission where version = 2')"
equal "and none went further" 2 "$(query 'select max(version) from submission')"
equal "the table of the kind has as many rows" "$rows" "$(query 'select count(*) from training')"

query 'select lower(hex(uuid)) from submission' | sort >"$tmp/held"
kept=0
lost=0
for agency in $partners; do
    run export_receipts "$agency" "$tmp/receipts/$agency"
    count=$(find "$tmp/receipts/$agency" -name '*.tlog-proof' | wc -l)
    expect 0 "$agency: every receipt verifies" verify_folder "$tmp/receipts/$agency"
    says "$agency: all $count of them" "^$count of $count receipts verified"
    # A duplicate's receipt is that of the submission accepted at first, so that the log alone can
    # tell whether it is lost: see below.
    run agent "$agency" receipts --format csv
    settled=$(awk -F, '$5 == "accepted" || $5 == "duplicate"' "$out" | wc -l)
    awk -F, '$5 == "accepted" { gsub("-", "", $1); print $1 }' "$out" | sort >"$tmp/accepted"
    kept=$((kept + settled))
    lost=$((lost + settled - count + $(comm -23 "$tmp/accepted" "$tmp/held" | wc -l)))
    tail -n +2 "$out" | cut -d, -f5 | sort | uniq -c | sed "s/^/info    $agency: /"
done
equal "every row has an outcome" "$rows" "$kept"
printf 'receipts lost: %s of %s\n' "$lost" "$kept"
equal "no receipt is missing, or of a record that is not held" 0 "$lost"
stop
find "$tmp/receipts" -name '*.tlog-proof' -print0 | xargs -0 -s 1000000 -n 100000 \
    python3 "$root/tests/integration/log_oracle.py" "$world/gateway.db" >"$tmp/oracle"
equal "every receipt's checkpoint is a beginning of the log as it is now" 0 $?
sed 's/^/info    /' "$tmp/oracle"
equal "the database is whole" ok "$(sqlite3 "$world/gateway.db" 'pragma integrity_check')"
finish
