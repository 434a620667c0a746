#!/usr/bin/env bash
# The agents as witnesses: each announces a key of its own, their cosignatures meet on one checkpoint,
# and the council's counts for nothing.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

header=referral_id,child_id,family_name,given_name,date_of_birth,sex,referral_at,source_code,request_kind,route
for i in a b c d; do
    printf '%s\n%s\n' "$header" "$i,c-$i,Example,Robin,2015-03-01,M,2026-01-12T10:00:00Z,6,safeguarding,marf" >"$tmp/$i.csv"
done
partners() { # how many witnesses the best checkpoint has, without the council's
    query "select count(*) from cosignature c join witness w on w.seq = c.witness where w.agency <> 'council'
           group by c.size order by 1 desc, c.size desc limit 1"
}

interval() { # SECONDS : how long one checkpoint is offered to all
    sed -i "s/interval_seconds = [0-9]*/interval_seconds = $1/" "$world/conf/gateway.conf"
}

make_world
interval 86400
start
expect 0 "police submits" submit police --kind referrals "$tmp/a.csv"
equal "its key is in the log" police "$(query "select agency from witness where seq in (select seq from entry)")"
equal "and it has cosigned one checkpoint" 1 "$(query 'select count(*) from cosignature')"
expect 0 "health submits" submit health --kind referrals "$tmp/b.csv"
equal "and cosigns the same one" 2 "$(partners)"
expect 0 "a school without a file only witnesses" agent school submit
equal "and cosigns it too" 3 "$(partners)"
expect 0 "the council as well" agent council submit
equal "which counts for nothing" 3 "$(partners)"
expect 0 "everybody may see who has witnessed what" ask board log --format csv
equal "the best size" "3,3,health; police; school" "$(sed -n 2p "$out" | cut -d, -f3-5)"
equal "is one that the log has signed" 1 "$(query "select count(*) from checkpoint where size = $(sed -n 2p "$out" | cut -d, -f1)")"
expect 0 "as a table" ask lscb log
says "with its columns" '^size +time +partners +of +witnesses'
expect 0 "and as json" ask auditor log --format json
says "with numbers" '"partners": ?3'
equal "each is a reading of the log" 3 "$(python3 "$here/read_log.py" "$world/gateway.db" | grep -c log_verify)"

# --- confirmed receipts ---

expect 0 "police asks for its receipts again" agent police receipts --export "$tmp/confirmed" --confirmed
says "and it is confirmed by all" '^1 receipts, 1 confirmed by at least 3 partners'
equal "which a program not ours finds too" 1 "$(python3 "$here/confirmed.py" "$world/log.vkey" "$tmp/confirmed" 3)"
expect 0 "muster accepts them as they are" verify_folder "$tmp/confirmed"
mapfile -t keys < <(sed 's/^/--witness=/' "$tmp/confirmed/witnesses.vkeys")
receipt=$(echo "$tmp"/confirmed/*.tlog-proof)
verify() { "$bin/muster" receipt verify --vkey "$(cat "$world/log.vkey")" "$@"; }
expect 0 "and counts the witnesses" verify "${keys[@]}" --quorum 3 "$receipt"
says "all three" '^witnesses +3 of the 3 asked for'
# README's own lines, word for word, with openssl alone.
mkdir "$tmp/readme" && cp "$world/log.vkey" "$tmp/readme/"
sed -n '/^sed .1,/,/sha256sum/p' "$root/README.md" >"$tmp/readme/check"
expect 0 "and so does openssl, as README says" sh -c "cd '$tmp/readme' && R='$receipt' sh -e check"
says "by the log's own line among all of them" 'Signature Verified Successfully'
council=--witness=$(query "select vkey from witness where agency = 'council'")
expect 1 "the council's line is not in it" verify "${keys[@]}" "$council" --quorum 4 "$receipt"
says "so that four are not to be had" 'not verified: no_quorum'
expect 0 "one key given twice is one witness" verify "${keys[0]}" "${keys[0]}" --quorum 1 "$receipt"
expect 1 "and never two" verify "${keys[0]}" "${keys[0]}" --quorum 2 "$receipt"
expect 2 "a quorum beyond the keys is a slip" verify "${keys[0]}" --quorum 2 "$receipt"
sed -i 's/^— muster.invalid.witness.*$/&x/' "$receipt"
expect 1 "an altered line refuses the receipt" verify "${keys[@]}" "$receipt"

# --- what came since ---

expect 0 "health submits once more" submit health --kind referrals "$tmp/c.csv"
stop
interval 0
start
for agency in police health school; do
    expect 0 "$agency cosigns the newest" agent $agency submit
done
stop
interval 86400
start
expect 0 "from now on one checkpoint is offered for a day" agent police submit
expect 0 "and health submits behind it" submit health --kind referrals "$tmp/d.csv"
expect 0 "and asks for all of its receipts" agent health receipts --export "$tmp/health" --confirmed
says "of which the last is not confirmed yet" '^3 receipts, 2 confirmed by at least 3 partners'
equal "all are good" 3 "$(python3 "$here/confirmed.py" "$world/log.vkey" "$tmp/health" 0)"
expect 1 "nobody gets another's" sh -c "sqlite3 '$world/outbox-school.db' \"attach '$world/outbox-police.db' as p; insert into item select * from p.item; insert into receipt select * from p.receipt\" && '$bin/muster-agent' --config '$world/conf/school.conf' receipts --export '$tmp/school' --confirmed"
says "but the reason" 'other_agency'
stop
finish
