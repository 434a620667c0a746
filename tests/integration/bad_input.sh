#!/usr/bin/env bash
# What is refused, how it is said, and that everything else goes on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/exports.sh"
need_tools openssl sqlite3

make_world
start
write_exports "$world/exports"
held() { query 'select count(*) from submission'; }
header=referral_id,child_id,family_name,given_name,date_of_birth,sex,referral_at,source_code,request_kind,route

# --- files that cannot be read ---

bad=$tmp/bad
mkdir "$bad"
{
    echo "$header"
    echo 'x1,c1,Example,Robin,2015-03-01,M,2025-02-03T10:00:00Z,6,safeguarding,marf'
    echo 'x2,c2,"Sample,Kim,2015-03-01,F,2025-02-03T11:00:00Z,6,safeguarding,marf'
} >"$bad/referrals.csv"
expect 1 "a file with an open quote is refused" submit police "$bad/referrals.csv"
says "with file, row, column and what was expected" 'referrals\.csv, row 3: column number 3: expected'
says_not "and without a value of the record" 'Sample|Kim'
equal "nothing of it is sent" 0 "$(held)"
expect 1 "other files go on" submit police "$bad/referrals.csv" "$world/exports/police/training.csv"
equal "the other file is accepted" "2,2" "$(cell training.csv rows),$(cell training.csv accepted)"
equal "and nothing of the bad one" 2 "$(held)"
sed 's/,referral_at,/,referral_on,/' "$world/exports/police/referrals.csv" >"$bad/referrals.csv"
expect 1 "a file without a required column is refused" submit police "$bad/referrals.csv"
says "with the column's name" 'referral_at.*column_missing|column_missing.*referral_at'
printf '' >"$bad/referrals.csv"
expect 1 "an empty file is refused" submit police "$bad/referrals.csv"
says "and says what was expected" 'expected a header row'
printf 'a,b,c\n1,2,3\n' >"$bad/figures.csv"
expect 1 "a file of no known kind is refused" submit police "$bad/figures.csv"
says "and says how to name it" '--kind'
printf '<CIN><Message/></NIC>' >"$bad/census.xml"
expect 1 "XML that is not well-formed is refused" submit council "$bad/census.xml"
expect 3 "a file that is not there is a failure" submit police "$bad/nothing.csv"
equal "nothing of all these is sent" 2 "$(held)"

# --- bad rows go, good rows stay ---

{
    echo "$header"
    echo 'g1,c1,Example,Robin,2015-03-01,M,2025-02-03T10:00:00Z,6,safeguarding,marf'
    echo ',c2,Example,Kim,2015-03-01,M,2025-02-03T10:00:00Z,6,safeguarding,marf'
    echo 'g3,c3,Example,Lee,2015-03-01,M,yesterday,6,safeguarding,marf'
    echo 'g4,c4,Example,Jo,2015-03-01,M,2025-02-03T10:00:00Z,6,urgent,marf'
    echo 'g5,c5,,,,M,2025-02-03T10:00:00Z,6,safeguarding,marf'
} >"$bad/referrals.csv"
expect 1 "check says that rows would be refused" agent police check "$bad/referrals.csv"
equal "its header is as agreed" "file,row,column,code,level,message" "$(head -1 "$out")"
equal "row 3: the key is missing" 1 "$(grep -c '^referrals.csv,3,referral_id,field_missing,refusal,' "$out")"
equal "row 4: the time cannot be read" 1 "$(grep -c '^referrals.csv,4,referral_at,value_unreadable,refusal,' "$out")"
equal "row 5: there is no such code" 1 "$(grep -c '^referrals.csv,5,request_kind,code_not_allowed,refusal,' "$out")"
equal "row 6: a finding, no refusal" 1 "$(grep -c '^referrals.csv,6,[a-z_]*,child_not_identifiable,error,' "$out")"
equal "row 2: nothing" 0 "$(grep -c '^referrals.csv,2,' "$out")"
equal "check sends nothing" 2 "$(held)"
expect 1 "submit ends with 1 because rows were refused" submit police "$bad/referrals.csv"
equal "the good rows are accepted, the bad ones refused" "5,2,3" \
    "$(total rows),$(total accepted),$(total refused)"
says "the sender is told file, row, column and code" 'referrals\.csv row 4, column referral_at: value_unreadable: '
equal "two more are held" 4 "$(held)"
sed -i '6d; s/^,c2/g2,c2/; s/yesterday/2025-02-03/; s/urgent/early_help/' "$bad/referrals.csv"
expect 0 "mended, the rows are taken" submit police "$bad/referrals.csv"
equal "and only they" "4,3,1" "$(total rows),$(total accepted),$(total unchanged)"
expect 0 "check of a good file ends with 0" agent police check "$world/exports/police/referrals.csv"
printf 'referral_id,child_id,referral_at,source_code,request_kind,route,nhs_number,mood\nn1,c9,2025-02-03T10:00:00Z,6,early_help,email,9434765919,blue\n' >"$bad/odd.csv"
expect 0 "an unknown column is a notice" agent police check --kind referrals "$bad/odd.csv"
says "which says so" '^odd\.csv,1,mood,column_unknown,notice,'

# --- other agencies' records ---

sed 's/,health,nurse,/,police,officer,/' "$world/exports/health/attendance.csv" >"$bad/attendance.csv"
expect 1 "a partner cannot record another's attendance" submit health "$bad/attendance.csv"
says "the agent refuses it by code" 'attendance\.csv row 2.*: other_agency: '
for kind in meetings invitations decisions; do
    expect 1 "a partner cannot submit $kind" submit police "$world/exports/council/$kind.csv"
    says "the agent refuses $kind by code" "$kind\.csv row 2.*: council_only: "
done
# The gateway does not rely on the agent: one that takes itself for the council's is refused there.
before=$(held)
sed -i 's/^agency = .*/&\ncouncil = true/' "$world/conf/police.conf"
expect 1 "an agent that claims to be the council's is refused" submit police "$world/exports/council/meetings.csv"
equal "by the gateway" "1,0,1" "$(total rows),$(total accepted),$(total refused)"
says "by code" 'meetings\.csv row 2.*: (council_only|kind_not_configured): '
expect 1 "and for another's attendance as well" submit police "$world/exports/health/attendance.csv"
says "by code again" 'attendance\.csv row 2.*: other_agency: '
expect 1 "the same refused row may be sent again and is refused again" submit police "$world/exports/council/meetings.csv"
equal "nothing of it is held" "$before" "$(held)"
expect 0 "the refusals are listed" agent police receipts --format csv
says "as refused, by code" ',meetings,1,no,refused,(council_only|kind_not_configured),'
sed -i '/^council = true/d' "$world/conf/police.conf"
sed -e 's/^agency = .*/agency = "health"/' -e 's/outbox-police/outbox-borrowed/' \
    "$world/conf/police.conf" >"$world/conf/borrowed.conf"
expect 1 "an agent cannot submit in another agency's name" agent borrowed submit "$world/exports/health/training.csv"
says "and is told so" 'authz\.agency|may not submit'
equal "nothing of it is held either" "$before" "$(held)"

# --- usage ---

expect 2 "an unknown command" "$bin/muster-agent" --config "$world/conf/police.conf" sumbit x.csv
says "names the nearest" 'submit'
expect 2 "an unknown option" agent police submit --kond referrals x.csv
says "names the nearest option" '--kind'
expect 2 "no configuration" "$bin/muster-agent" submit x.csv
expect 2 "no file to check" agent police check
expect 2 "an unknown format" agent police submit --format xml "$world/exports/police/training.csv"
expect 2 "an unknown command of muster" ask lscb attendence --cycle 1
says "names the nearest command" 'attendance'
expect 2 "an unknown option of muster" ask lscb attendance --cicle 1
expect 2 "half a period" ask lscb attendance --from 2025-01-01
expect 2 "a period that ends before it begins" ask lscb attendance --from 2025-01-02 --to 2025-01-01
expect 2 "a date that is none" ask lscb attendance --from 2025-02-29 --to 2025-03-01
expect 2 "a cycle that is none" ask lscb attendance --cycle 0
expect 2 "an unknown command of musterd" "$bin/musterd" --config "$world/conf/gateway.conf" keys destroy
expect 2 "musterd without a configuration" "$bin/musterd"
expect 2 "a column that is none" ask lscb attendance --cycle 1 --columns agency,atended
says "and says which" "no column 'atended' in attendance"
expect 0 "columns that are there" ask lscb attendance --cycle 1 --columns rag,agency --format csv
equal "come alone, in the order asked" "rag,agency" "$(head -1 "$out")"
expect 1 "rows of something else" ask lscb attendance --cycle 1 --by child
says "and says of what" 'by agency, type, role or convener'
expect 1 "a trend of weeks" ask lscb attendance --cycle 1 --trend week
expect 1 "a meeting type that is none" ask lscb attendance --cycle 1 --type picnic
says "is said to be none" 'no such meeting type'
expect 1 "an agency that is none" ask lscb attendance --cycle 1 --agency nobody
says "is said to be no agency" 'no such agency'
for program in musterd muster muster-agent; do
    expect 0 "$program explains itself" "$bin/$program" --help
done

# --- configuration ---

number_of() { grep -n "$1" "$2" | head -1 | cut -d: -f1; }
sed 's/^  payload_months = /  payload_mouths = /' "$world/conf/gateway.conf" >"$world/conf/broken.conf"
line=$(number_of payload_mouths "$world/conf/broken.conf")
expect 3 "the gateway does not start with an unknown key" "$bin/musterd" --config "$world/conf/broken.conf" --check
says "names file and line and the nearest key" "broken\.conf:$line: .*payload_mouths.*payload_months"
sed 's/^outbox_key = /outbox_kee = /' "$world/conf/police.conf" >"$world/conf/broken.conf"
line=$(number_of outbox_kee "$world/conf/broken.conf")
expect 3 "an agent does not start with an unknown key" agent broken status
says "names file and line and the nearest key" "broken\.conf:$line: .*outbox_kee.*outbox_key"
expect 3 "a configuration that is not there" agent nowhere status
expect 0 "a good configuration is said to be in order" "$bin/musterd" --config "$world/conf/gateway.conf" --check

chmod 644 "$world/certs/police-sign.key"
expect 3 "a private key that others may read is refused" submit police "$world/exports/police/audits.csv"
says "and says what to do" 'police-sign\.key.*(0600|chmod)'
chmod 600 "$world/certs/police-sign.key"
cp "$world/conf/police.conf" "$world/conf/broken.conf"
sed -i 's#police-tls.key#health-tls.key#' "$world/conf/broken.conf"
expect 3 "a key that does not belong to its certificate is refused" agent broken submit "$world/exports/police/section11.csv"
expect 0 "what it had queued goes with the right key" submit police

# --- a month without a key ---

month=$(date -u -d "$(date -u +%Y-%m-01) +24 months" +%Y-%m)
mkdir "$tmp/away"
for file in "$world/keys"/*"$month"*; do
    mv "$file" "$tmp/away/"
done
equal "the month's key is gone" 1 "$(find "$tmp/away" -type f | wc -l)"
stop
start
before=$(held)
expect 3 "without a key for the month the agent ends with 3" submit school "$world/exports/school"/*.csv
says "is told why" 'could not take the records'
says "and that nothing is lost" 'stays queued'
equal "nothing is held" "$before" "$(held)"
run agent school status --format csv
equal "all ten rows are queued" "10" "$(sed -n 2p "$out" | cut -d, -f1)"
equal "the operator finds the month in the gateway's messages" 1 "$(grep -c "intake.failed.*$month" "$world/gateway.log" | sed 's/^[1-9].*/1/')"
expect 0 "keys are made" "$bin/musterd" --config "$world/conf/gateway.conf" keys create --through "$month"
says "one of them" '^1 new keys'
expect 0 "then the agent sends what it kept" submit school
equal "all ten are accepted" "$((before + 10))" "$(held)"
run agent school status --format csv
equal "nothing waits" "0,10" "$(sed -n 2p "$out" | cut -d, -f1,2)"

stop
finish
