#!/usr/bin/env bash
# The log checked from outside: verify, tail, export, by the real programs; a store that was changed;
# backup under load and restore.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

make_world
# Entries are counted here: none may come by itself.
printf 'escalation {\n  since = "2999-01-01"\n}\n' >>"$world/conf/gateway.conf"
start
samples=$root/agents/sample/exports
run submit police "$samples/police"/*.csv
police=$(total accepted)
equal "police has submitted" "$(total rows)" "$police"

root_at() { # SIZE : of the checkpoint in the store
    query "select lower(hex(root)) from checkpoint where size = $1"
}
entry_count() { query 'select count(*) from entry'; }
last_entries() { # COUNT : kind, role, outcome, reason, purpose, subject, count of the last ones
    python3 "$here/read_log.py" "$world/gateway.db" | tail -"$1" | cut -d, -f2,4,6,7,8,11,12
}

# --- verify ---

run ask lscb log # whose certificate is new: that is an entry of its own

for who in lscb board auditor police operator; do
    before=$(entry_count)
    expect 0 "$who may verify the log" ask $who log verify --format csv
    size=$(tail -1 "$out" | cut -d, -f2)
    equal "of the size it had with this reading" $((before + 1)) "$size"
    equal "and comes to the root in the store" "$(root_at "$size")" "$(tail -1 "$out" | cut -d, -f3)"
done
equal "both of its pages stand in the log" "query,operator,0,,,log_verify,$before query,operator,0,,,log_verify,1" \
    "$(last_entries 2 | paste -sd' ')"
expect 0 "verify says it to people" ask lscb log verify
says "that it is verified" '^verified$'
sed 's#^log_vkey_file.*#log_vkey_file = "../other.vkey"#' "$world/conf/lscb.conf" >"$world/conf/other.conf"
python3 - "$world/other.vkey" <<'PY'
import base64, hashlib, sys
key = b"\x01" + bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
name = b"muster.invalid/demo/log"
key_id = hashlib.sha256(name + b"\n" + key).hexdigest()[:8]
with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write(f"{name.decode()}+{key_id}+{base64.b64encode(key).decode()}\n")
PY
expect 1 "a log signed by another key than ours is not verified" ask other log verify
says "and why" 'another log'

# --- tail ---

expect 1 "tail needs a purpose" ask auditor log tail
says "and says so" 'purpose'
equal "and the log says so" "authz.deny,auditor,4,purpose_missing,,log_entries," "$(last_entries 1)"
for who in lscb board police operator; do
    expect 1 "$who may not read entries" ask $who log tail --purpose audit
    equal "and the log says so" "authz.deny,$([ $who = police ] && echo submitter || echo $who),4,role_not_allowed,,log_entries," "$(last_entries 1)"
done
size=$(entry_count)
expect 0 "the auditor may" ask auditor log tail --purpose audit --count 3 --format csv
equal "three entries, the last ones" "$((size - 3)) $((size - 2)) $((size - 1))" \
    "$(tail -n +2 "$out" | cut -d, -f1 | paste -sd' ')"
equal "each as it is in the store" "authz.deny,operator,operator,R,refused,role_not_allowed,,,log_entries" \
    "$(tail -1 "$out" | cut -d, -f3-)"
equal "and that stands in the log" "query,auditor,0,,audit,log_entries,3" "$(last_entries 1)"
expect 0 "as many as a page holds" ask auditor log tail --purpose audit --count 512 --format csv
equal "all of a smaller log" "$((size + 1))" "$(tail -n +2 "$out" | wc -l)"
expect 0 "json" ask auditor log tail --purpose audit --format json
cp "$out" "$tmp/tail.json"
expect 0 "that can be read" python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["rows"]) == 20' "$tmp/tail.json"
for wrong in "tail --count 0" "tail --count 513" "tail --count x" "export" "verify more" "look"; do
    expect 2 "wrong: log $wrong" ask auditor log $wrong --purpose audit
done
expect 1 "free text is no purpose" ask auditor log tail --purpose "Robin Example"

# --- export ---

expect 0 "the auditor may export entries" ask auditor log export "$tmp/tiles" --purpose audit
expect 0 "which come to the root of their checkpoint" python3 "$here/tiles_oracle.py" "$tmp/tiles"
equal "as the store has it" "$(root_at "$(cut -d' ' -f1 "$out")")" "$(cut -d' ' -f2 "$out")"
equal "nobody else may read them" "600 700" "$(stat -c %a "$tmp/tiles/checkpoint" "$tmp/tiles/tile" | paste -sd' ')"
expect 3 "not over an export" ask auditor log export "$tmp/tiles" --purpose audit
expect 0 "hashes are for everybody" ask board log export "$tmp/hashes"
says "which says that they are hashes" 'Hashes only'
expect 0 "and come to the root too" python3 "$here/tiles_oracle.py" "$tmp/hashes" --hashes
expect 1 "entries are not" ask board log export "$tmp/refused" --purpose audit
equal "and nothing is left that looks finished" no "$([ -e "$tmp/refused/checkpoint" ] && echo yes || echo no)"
cp -r "$tmp/tiles" "$tmp/changed"
python3 -c 'import sys; p = sys.argv[1]; d = bytearray(open(p, "rb").read()); d[99] ^= 1; open(p, "wb").write(d)' \
    "$tmp/changed/tile/entries/000"
expect 1 "the oracle finds a changed entry" python3 "$here/tiles_oracle.py" "$tmp/changed"

# --- backup under load ---

run export_receipts police "$tmp/receipts"
expect 0 "the police's receipts verify" verify_folder "$tmp/receipts"
musterd() { "$bin/musterd" --config "$world/conf/gateway.conf" "$@"; }
before=$(entry_count)
(for agency in health school council; do agent $agency submit "$samples/$agency"/*.csv; done >"$tmp/load.out" 2>&1) &
load=$!
taken=0
until ! kill -0 $load 2>/dev/null && [ $taken -ge 2 ]; do
    taken=$((taken + 1))
    expect 0 "backup $taken, while records come in" musterd backup "$tmp/backup-$taken.db"
done
wait $load
run agent health submit
during=$(for copy in "$tmp"/backup-*.db; do sqlite3 -readonly "$copy" 'select count(*) from entry'; done | sort -nu | wc -l)
equal "they were taken while the log grew" yes "$([ "$during" -gt 1 ] && echo yes || echo "no: $during sizes of $taken")"
equal "nobody else may read one" 600 "$(stat -c %a "$tmp/backup-1.db")"
equal "nothing else is left" "" "$(find "$tmp" -maxdepth 1 -name 'backup-*' ! -name '*.db')"
for copy in "$tmp"/backup-*.db; do
    expect 0 "$(basename "$copy") adds up, and has the receipts' entries" \
        python3 "$here/log_oracle.py" "$copy" "$tmp/receipts"/*.tlog-proof
done
expect 3 "a backup is not written over another" musterd backup "$tmp/backup-1.db"
expect 3 "no restore while a gateway runs" musterd restore "$tmp/backup-1.db"
says "and why" 'Another gateway holds the store'

# --- a store that was changed while the gateway runs ---

size=$(entry_count)
tampered() { # CHANGE SEQ "WHAT" EXTENDED_REGULAR_EXPRESSION : then puts the store back
    sqlite3 "$world/gateway.db" ".backup '$tmp/good.db'"
    python3 "$here/tamper.py" "$world/gateway.db" "$1" "$2"
    expect 1 "verify refuses $3" ask lscb log verify
    says "and says why" "$4"
    stop
    rm -f "$world/gateway.db"* "$world/high-water" # the copy is older: without the file it may start
    cp "$tmp/good.db" "$world/gateway.db"
    start
}
tampered leaf 2 "a changed entry" 'log_damaged'
tampered hash 2 "a changed hash of an entry" 'log_damaged'
tampered tile 2 "a changed tile" 'log_damaged'
tampered leaf+hash 2 "an entry changed with its hash" 'log_damaged'
tampered leaf+hash+tile 2 "an entry changed with everything that holds it" 'do not come to the root that was signed'
tampered leaf+hash $((size - size % 256 + 1)) "a late entry changed with its hash" 'do not come to the root'
expect 0 "the log as it was is verified" ask lscb log verify
stop

# --- and before it starts ---

cp "$world/gateway.db" "$tmp/good.db"
first=$(query 'select min(seq) from submission')
for change in leaf hash tile leaf+hash leaf+hash+tile no-tile note last ciphertext commitment agency received no-record; do
    cp "$tmp/good.db" "$tmp/$change.db"
    python3 "$here/tamper.py" "$tmp/$change.db" $change "$first"
    sed -e "s#^store = .*#store = \"$tmp/$change.db\"#" -e 's#^address_file.*##; s#^pid_file.*##; s#^log_vkey_file.*##' \
        "$world/conf/gateway.conf" >"$world/conf/$change.conf"
    expect 3 "a gateway does not start on a store with changed $change" "$bin/musterd" --config "$world/conf/$change.conf"
    says "and says why" 'was altered|was signed|does not count'
    expect 3 "nor is such a store a backup" "$bin/musterd" --config "$world/conf/$change.conf" backup "$tmp/refused.db"
    equal "and none is left" "" "$(find "$tmp" -maxdepth 1 -name 'refused.db*')"
    rm -f "$world/conf/$change.conf"
done

# --- what the log does not hold, but reports are made from: compared by every backup ---

first=$(query 'select min(seq) from referrals where superseded_seq is null')
for change in fact fact-child fact-key fact-superseded no-facts more-facts identity wrapped settled settled-time no-settled party \
    manifest signature certificate other-batch message message-owner message-month message-secret more-messages \
    event-id old-checkpoint checkpoint-time cosignature-time known-owner known-entry no-known witness trigger index; do
    cp "$tmp/good.db" "$world/gateway.db"
    python3 "$here/tamper.py" "$world/gateway.db" $change "$first"
    expect 3 "a store with changed $change is no backup" musterd backup "$tmp/refused.db"
    says "and says why" 'was altered|that the log does not know'
    equal "and none is left" "" "$(find "$tmp" -maxdepth 1 -name 'refused.db*')"
done
cp "$tmp/good.db" "$world/gateway.db"
expect 0 "as it was it is one" musterd backup "$tmp/again.db"
python3 "$here/tamper.py" "$world/gateway.db" older "$first"
start
stop
expect 0 "rows of an earlier version are no change" musterd backup "$tmp/older.db"
mkdir "$tmp/month"
mv "$world/keys/kek-$(query 'select max(bucket) from submission').key" "$tmp/month/"
expect 0 "records whose key is gone stay in a backup" musterd backup "$tmp/closed.db"
says "which says how many it could not compare" "^unopened +$(query 'select count(*) from submission') records"
mv "$tmp"/month/* "$world/keys/"
cp "$tmp/good.db" "$tmp/fact.db"
python3 "$here/tamper.py" "$tmp/fact.db" fact "$first"

# --- restore ---

expect 3 "no restore over a store" musterd restore "$tmp/backup-1.db"
says "but how to make room" 'move it away'
held=$(query 'select count(*) from submission')
mkdir "$tmp/before"
mv "$world"/gateway.db* "$tmp/before/"
expect 3 "a changed backup is not restored" musterd restore "$tmp/leaf+hash.db"
equal "and nothing is in the store's place" "" "$(find "$world" -maxdepth 1 -name 'gateway.db*' ! -name '*.lock')"
expect 3 "nor one with a changed figure" musterd restore "$tmp/fact.db"
expect 3 "nor something else" musterd restore "$world/log.vkey"
expect 0 "the backup is restored" musterd restore "$tmp/backup-1.db"
says "and what has to follow is said" 'give log_origin a new name'
equal "nobody else may read the store" 600 "$(stat -c %a "$world/gateway.db")"
cp "$world/log.vkey" "$tmp/old.vkey"
sed -i 's#^log_origin = .*#log_origin = "muster.invalid/demo/log/2"#' "$world/conf/gateway.conf"
start
expect 0 "the restored log is verified" ask lscb log verify
run export_receipts police "$tmp/receipts"
expect 0 "receipts from before the backup verify, with the old key" verify_folder "$tmp/receipts" "$tmp/old.vkey"
expect 0 "against the restored log as well" python3 "$here/log_oracle.py" "$world/gateway.db" "$tmp/receipts"/*.tlog-proof
kept=$(query 'select count(*) from submission')
for agency in police health school council; do
    rm -f "$world/outbox-$agency.db"*
    run submit $agency "$samples/$agency"/*.csv
    equal "$agency's files, sent again by a new outbox, are all answered" "$(total rows)" \
        $(($(total accepted) + $(total duplicate)))
    [ $agency != police ] || equal "the police's are all held" "$police" "$(total duplicate)"
done
equal "and everything is held again" "$held" "$(query 'select count(*) from submission')"
equal "part of which the backup had not" yes "$([ "$kept" -lt "$held" ] && echo yes || echo "no: $kept of $held")"
expect 0 "the log is verified with them" ask lscb log verify
stop
finish
