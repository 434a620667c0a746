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

make_world
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
stop
finish
