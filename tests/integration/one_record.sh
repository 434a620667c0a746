#!/usr/bin/env bash
# What is one record and no more: a row that is too large for its file's other rows to wait for, a row
# of which something else is found on another day, an outbox that was lost; and what the Board cannot
# get behind by asking for one agency at a time.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3

make_world
cat >>"$world/conf/gateway.conf" <<'CONF'
agency "nursery" {
  kind = "school"
  section11 = "s175_157"
}
agency "library" {
  kind = "library"
  may_submit = {}
}
CONF
start

# --- a record that is too large ---

text() { head -c "$1" /dev/zero | tr '\0' x; }
header=referral_id,child_id,family_name,given_name,date_of_birth,sex,referral_at,source_code,request_kind,route
child=Example,Robin,2015-03-01,M
{
    echo "$header,concern,consent_reason,parents_reason"
    echo "l1,c1,$child,2026-01-12T10:00:00Z,6,safeguarding,marf,short,,"
    echo "l2,c2,$child,2026-01-12T10:00:00Z,6,safeguarding,marf,$(text 30000),$(text 30000),$(text 30000)"
    echo "l3,c3,$child,2026-01-12T10:00:00Z,6,safeguarding,marf,$(text 30000),$(text 30000),"
} >"$tmp/referrals.csv"
expect 1 "check says that a record is too large" agent police check "$tmp/referrals.csv"
equal "in its row alone" 1 "$(grep -c ',too_long,refusal,' "$out")"
says "which is row 3" '^referrals\.csv,3,,too_long,refusal,'
expect 1 "submit leaves that row behind" submit police "$tmp/referrals.csv"
equal "and takes the others" "3,2,1" "$(cell referrals.csv rows),$(cell referrals.csv accepted),$(cell referrals.csv refused)"
says "and says which it was" 'referrals\.csv row 3: too_long: '

# --- the same row, of which something else is found ---

know() { sed -i "s/^agencies = .*/agencies = {$1}  # that records may name/" "$world/conf/police.conf"; }
cat >"$tmp/early_help.csv" <<CSV
episode_id,child_id,family_name,given_name,date_of_birth,sex,kind,started_on,lead_agency
e1,c1,$child,eha,2026-01-12,health
CSV
know '"police"'
expect 0 "a row with a finding is taken" submit police "$tmp/early_help.csv"
equal "with its finding" "1,1" "$(cell early_help.csv accepted),$(cell early_help.csv rows_with_findings)"
know '"police", "health"'
expect 0 "the same row without the finding" submit police "$tmp/early_help.csv"
equal "is the same record" "1,0" "$(cell early_help.csv unchanged),$(cell early_help.csv accepted)"
rm "$world"/outbox-police.*
expect 0 "an outbox that was lost begins anew" submit police "$tmp/early_help.csv"
equal "and the gateway knows the record, whatever is found of it" "0,1" \
    "$(cell early_help.csv accepted),$(cell early_help.csv duplicate)"
equal "in one version" 1 "$(query 'select count(*) from early_help')"
sed -i 's/,health$/,police/' "$tmp/early_help.csv"
expect 0 "another row is another version" submit police "$tmp/early_help.csv"
equal "of the record" "1|2" "$(query 'select count(*), max(version) from early_help where superseded_seq is null')"

# --- one agency at a time ---

for i in 1 2 3 4 5 6 7; do echo "s$i,c$i,$child,2026-01-1${i}T10:00:00Z,2A,safeguarding,marf"; done |
    sed "1i$header" >"$tmp/school.csv"
expect 0 "a school submits referrals" agent school submit --kind referrals "$tmp/school.csv"
whole="--cycle 1 --format csv"
expect 0 "the Board asks for all" ask board contribution $whole
equal "and sees the schools as one" 7 "$(cell sector:school referrals)"
for agency in school nursery; do
    expect 0 "the Board asks for $agency" ask board contribution $whole --agency $agency
    equal "and sees the schools as one again" "sector:school,7" "$(sed 1d "$out" | cut -d, -f1-2)"
done
expect 0 "the Board asks for police" ask board contribution $whole --agency police
equal "and sees its row alone" police "$(sed 1d "$out" | cut -d, -f1)"
equal "with what is hidden" c "$(cell police referrals)"
expect 0 "the LSCB asks for the nursery" ask lscb contribution $whole --agency nursery
equal "and sees its own figures" "nursery,0" "$(sed 1d "$out" | cut -d, -f1-2)"
expect 0 "the LSCB asks for all" ask lscb contribution $whole
equal "an agency that may submit nothing has no row" "council health nursery police school" \
    "$(sed 1d "$out" | cut -d, -f1 | paste -sd' ')"

# --- what stands in the log for good ---

expect 1 "free text is no reference" ask lscb attendance --cycle 1 --purpose audit --reference "Robin Example"
says "and it says so" 'reference_wrong'
expect 1 "nor where the log is read" ask auditor log tail --purpose audit --reference "Robin Example"
says "and it says so" 'reference_wrong'
expect 0 "a number is one" ask lscb attendance --cycle 1 --purpose audit --reference LSCB/2026/14.2
equal "and no name is in the store" 0 "$(cat "$world"/gateway.db* | grep -ac 'Robin Example')"

# --- configuration ---

stop
sed -i 's/section11 = "s175_157"/section11 = "s175"/' "$world/conf/gateway.conf"
expect 3 "a return that does not exist is no configuration" "$bin/musterd" --config "$world/conf/gateway.conf" --check
says "which names key and agency" "key 'section11' of '(school|nursery)'"

finish
