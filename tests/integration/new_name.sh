#!/usr/bin/env bash
# A store is lost and restored from a backup: the log goes on under a new name, the agents send again
# by themselves what the backup did not cover, and every receipt stays good, each with its own key.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

header=course,period,eligible,trained
training() { # FILE FIRST LAST
    { echo $header; seq -f 'course%g,2024-25,40,31' "$2" "$3"; } >"$1"
}
training "$tmp/1.csv" 1 40
training "$tmp/2.csv" 41 70
training "$tmp/3.csv" 71 75
musterd() { "$bin/musterd" --config "$world/conf/gateway.conf" "$@"; }
held() { query 'select count(*) from submission'; }
outbox() { sqlite3 -readonly "$world/outbox-$1.db" "$2"; }
sealed() { outbox "$1" "select count(*) from item where length(ciphertext) > 0"; }
backed_up() { [ "$(query "select cast(value as text) from meta where name = 'backed_up'")" = "$1" ]; }

# --- before ---

make_world
start
for agency in police health; do
    expect 0 "$agency submits" submit $agency "$tmp/1.csv"
    equal "and keeps sealed copies of all" 40 "$(sealed $agency)"
done
expect 0 "a backup is taken" musterd backup "$tmp/backup.db"
covered=$(sed -n 's/^log size *//p' "$out")
expect 0 "which the gateway takes note of" until_true backed_up "$covered"
expect 0 "police submits more" submit police "$tmp/2.csv"
equal "what the backup covers is dropped, the rest is kept" 30 "$(sealed police)"
equal "of what is dropped nothing is left" 0 \
    "$(outbox police "select count(*) from item where held_at is null and (length(iv) + length(tag) + length(wrapped)) > 0")"
expect 0 "equal rows are still known" submit police "$tmp/1.csv"
equal "all of them" 40 "$(total unchanged)"
expect 0 "health submits more" submit health "$tmp/3.csv"
expect 0 "receipts are exported" export_receipts police "$tmp/before"
equal "all" 70 "$(find "$tmp/before" -name '*.tlog-proof' | wc -l)"
size=$(query 'select max(size) from checkpoint')
rows=$(held)
stop
cp "$world/log.vkey" "$tmp/old.vkey"
last=$(sed -n 2p "$world/high-water")
root=$(sed -n 3p "$world/high-water" | base64 -d | od -An -v -tx1 | tr -d ' \n')

# --- the store is lost ---

rm -f "$world"/gateway.db "$world"/gateway.db-*
expect 0 "the backup is restored" musterd restore "$tmp/backup.db"
equal "less is held" 80 "$(held)"
expect 3 "it does not go on under its name" musterd
says "and why, and what to do" 'restored from a backup, and a restored log never goes on under its old name: give log_origin a new one'
sed -i 's#^log_origin = .*#log_origin = "muster.invalid/demo/log/2"#' "$world/conf/gateway.conf"
start
equal "the entry behind the restored ones is the epoch, with the last known checkpoint" \
    "$covered,epoch,$last,muster.invalid/demo/log,$root" \
    "$(python3 "$here/read_log.py" "$world/gateway.db" | awk -F, '$2 == "epoch" { print $1 "," $2 "," $10 "," $11 "," $13 }')"
equal "then the restore" "$((covered + 1)),restore,$covered" \
    "$(python3 "$here/read_log.py" "$world/gateway.db" | awk -F, '$2 == "restore" { print $1 "," $2 "," $10 }')"
equal "the new key has the new name" "muster.invalid/demo/log/2" "$(cut -d+ -f1 "$world/log.vkey")"
equal "the old mark is kept" "muster.invalid/demo/log $last" "$(head -2 "$world/high-water.previous" | paste -sd' ')"
equal "and the new one begun" "muster.invalid/demo/log/2" "$(head -1 "$world/high-water")"

# --- the agents ---

expect 0 "police, with nothing new, sends again" agent police submit
says "and says so" 'log is muster.invalid/demo/log/2 now and was muster.invalid/demo/log before.*sent again \(30\)'
expect 0 "so does health" agent health submit
says "its five" 'sent again \(5\)'
equal "everything is held again" "$rows" "$(held)"
equal "nothing twice" 0 "$(query 'select count(*) from (select 1 from submission group by key_ix, version having count(*) > 1)')"
equal "nothing waits" "0 0" "$(outbox police 'select count(*) from item where state = 0') $(outbox health 'select count(*) from item where state = 0')"
expect 0 "once" agent police submit
says_not "not again" 'sent again'
expect 0 "police exports" export_receipts police "$tmp/after"
says "30 of the old log are kept" '^30 more of the log under a former name'
mkdir "$tmp/old" "$tmp/new"
find "$tmp/after" -name '*.tlog-proof' -exec sh -c 'for f; do
    if grep -qx muster.invalid/demo/log "$f"; then cp "$f" "$0/old/"; else cp "$f" "$0/new/"; fi; done' "$tmp" {} +
equal "30 receipts are of the new log, 70 of the old one" "30 70" \
    "$(find "$tmp/new" -type f | wc -l) $(find "$tmp/old" -type f | wc -l)"
expect 0 "the new ones verify with the new key" verify_folder "$tmp/new"
expect 0 "the old ones with the old key" verify_folder "$tmp/old" "$tmp/old.vkey"
expect 1 "and not with the new one" "$bin/muster" receipt verify --vkey "$(cat "$world/log.vkey")" "$(find "$tmp/old" -type f | head -1)"
for file in "$tmp/before"/*; do
    grep -qrFx -f <(sed -n '/^$/q;p' "$file") "$tmp/old" || printf '%s\n' "$file"
done >"$tmp/missing"
equal "no receipt that was ever given is missing" "" "$(cat "$tmp/missing")"

# --- the log as a whole ---

expect 0 "the log is verified" ask lscb log verify --format csv
equal "as a continuation of the restored one" 1 "$(($(tail -1 "$out" | cut -d, -f2) > covered))"
expect 0 "its end can be read" ask auditor log tail --purpose audit --count 512 --format csv
equal "with the epoch" 1 "$(cut -d, -f6 "$out" | grep -c . | awk '{ print ($1 > 0) }')"
expect 0 "and exported" ask auditor log export "$tmp/tiles" --purpose audit
expect 0 "which adds up" python3 "$here/tiles_oracle.py" "$tmp/tiles"
expect 0 "new receipts are confirmed by partners" agent police receipts --confirmed --export "$tmp/confirmed"

# --- and again ---

stop
expect 0 "it starts again" start
stop
sed -i 's#^log_origin = .*#log_origin = "muster.invalid/demo/log"#' "$world/conf/gateway.conf"
expect 3 "the old name is spent" musterd
says "and that is said" "was this log's name before"
finish
