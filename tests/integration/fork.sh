#!/usr/bin/env bash
# A gateway that is given an older copy of its store, and one that goes on from there: the agents know
# better. They stop, keep the evidence, lose nothing, and find it again until it is put right.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

header=referral_id,child_id,family_name,given_name,date_of_birth,sex,referral_at,source_code,request_kind,route
row() { echo "$1,c-$1,Example,Robin,2015-03-01,M,2026-01-12T10:00:00Z,6,safeguarding,marf"; }
referrals() { # FILE ID...
    local file=$1 id
    shift
    { echo "$header"; for id in "$@"; do row "$id"; done; } >"$file"
}
for i in 1 2 3 4 5 6 7 8 9; do referrals "$tmp/$i.csv" "r$i"; done
police() { submit police --kind referrals "$@"; }
school() { submit school --kind referrals "$@"; }
memory() { sqlite3 -readonly "$world/outbox-police.db" "select value from meta where name like 'log.memory %'"; }
queued() { agent police status --format csv | tail -1 | cut -d, -f1; }
evidence() { ls "$world/outbox-police.db.evidence" 2>/dev/null; }
copy_store() { mkdir -p "$2" && rm -f "$2"/gateway.db* && cp "$1"/gateway.db* "$2/"; }
put_back() { rm -f "$world"/gateway.db* && cp "$1"/gateway.db* "$world/"; }

make_world
sed -i '/high_water/d' "$world/conf/gateway.conf" # it would not even start
start
expect 0 "police submits" police "$tmp/1.csv"
stop
copy_store "$world" "$tmp/old"
start
expect 0 "and again" police "$tmp/2.csv"
equal "and remembers the checkpoint of that" "$(query 'select max(size) from checkpoint')" "$(memory | sed -n 2p)"
known=$(memory)
stop
copy_store "$world" "$tmp/good"

# --- the older copy ---

put_back "$tmp/old"
start
expect 1 "with an older copy the agent stops" police "$tmp/3.csv"
says "and says so" 'STOPPED\. The gateway.s log .* has gone back: it had [0-9]+ entries .* now it shows [0-9]+'
says "and whom to call, and that nothing is lost" 'Nothing of ours is lost.*Call the gateway.s operator'
equal "the memory has not moved" "$known" "$(memory)"
equal "the row waits" 1 "$(queued)"
equal "four files of evidence" "proof received.checkpoint remembered.checkpoint report.txt" \
    "$(evidence | sed 's/^.*Z-//' | sort | paste -sd' ')"
expect 0 "which are signed by the log, and contradict each other" \
    python3 "$here/evidence.py" "$world/log.vkey" "$world/outbox-police.db.evidence" rollback
expect 1 "the next run finds it again" agent police submit
equal "nothing of the row is at the gateway" 0 "$(query "select count(*) from referrals where seq >= $(echo "$known" | sed -n 2p)")"
expect 3 "who remembers nothing is not served either" school "$tmp/9.csv"
says "since the gateway knows now" 'log.rolled_back'
stop

# --- a fork: the same copy, grown beyond what is known ---

put_back "$tmp/old"
rm -r "$world/outbox-police.db.evidence" "$world"/outbox-school.*
start
expect 0 "a school submits to the older copy" school "$tmp/4.csv" "$tmp/5.csv" "$tmp/6.csv" "$tmp/7.csv" "$tmp/8.csv"
expect 1 "with another history the agent stops" agent police submit
says "and says so" 'STOPPED\. The gateway.s log .* has two histories: the one of [0-9]+ entries'
equal "the memory has not moved" "$known" "$(memory)"
equal "the row waits" 1 "$(queued)"
expect 0 "the evidence is signed by the log, and contradicts itself" \
    python3 "$here/evidence.py" "$world/log.vkey" "$world/outbox-police.db.evidence" fork
stop

# --- put right ---

put_back "$tmp/good"
start
expect 0 "with the right store the agent goes on" agent police submit
equal "and nothing is left behind" 0 "$(queued)"
expect 0 "its receipts are all there" export_receipts police "$tmp/receipts"
expect 0 "and verify" verify_folder "$tmp/receipts"
equal "three receipts" "3 of 3 receipts verified" "$(cat "$out")"
stop
finish
