#!/usr/bin/env bash
# Every kind of record from file to receipt and answer; again, changed, withdrawn, and after the
# outbox was lost.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/exports.sh"
need_tools openssl sqlite3

make_world
start
write_exports "$world/exports"
vkey=$(cat "$world/log.vkey")

# 10 rows of every agency, 8 more of the council, 1 more of police and of health.
expected_rows() {
    case $1 in
    council) echo 18 ;;
    police | health) echo 11 ;;
    *) echo 10 ;;
    esac
}

# --- first time and again ---

for agency in school council police health; do
    rows=$(expected_rows "$agency")
    expect 0 "$agency submits" submit "$agency" "$world/exports/$agency"/*.csv
    equal "$agency: every row is accepted" "$rows,$rows,0,0,0" \
        "$(total rows),$(total accepted),$(total duplicate),$(total unchanged),$(total refused)"
    expect 0 "$agency submits the same again" submit "$agency" "$world/exports/$agency"/*.csv
    equal "$agency: every row is unchanged" "$rows,0,0,$rows" \
        "$(total rows),$(total accepted),$(total duplicate),$(total unchanged)"
done
equal "twelve kinds are in the store" 12 "$(query 'select count(distinct kind) from submission')"
equal "as many submissions as rows" 50 "$(query 'select count(*) from submission')"
equal "each has an entry in the log" 50 \
    "$(query 'select count(*) from submission join entry using (seq) where event_id = uuid')"

expect 0 "the LSCB asks who attended" ask lscb attendance --from 2025-02-10 --to 2025-02-10 --format csv
equal "police was expected and came" "1,1,100.0,1" \
    "$(cell police expected),$(cell police attended),$(cell police attendance_pct),$(cell police reports_on_time)"
equal "health was expected and did not come; its own record says otherwise" "1,0,0.0,1" \
    "$(cell health expected),$(cell health attended),$(cell health attendance_pct),$(cell health disputed)"
expect 0 "the LSCB asks who contributed" ask lscb contribution --from 2025-02-01 --to 2025-03-31 --format csv
equal "police referred twice, one was accepted, decided and answered in time" "2,1,1,1,1,1" \
    "$(cell police referrals),$(cell police accepted),$(cell police decided),$(cell police acknowledged_in_time),$(cell police decided_in_time),$(cell police feedback_given)"
expect 0 "the LSCB asks for section 11" ask lscb section11 --period 2024-25 --format csv
says "the school's return is there" '^school,'

# --- changed, and back ---

sed -i '/^m1,health/s/no_apologies/apologies/' "$world/exports/council/attendance.csv"
expect 0 "the council mends a row" submit council "$world/exports/council/attendance.csv"
equal "only that row is sent" "3,2,1" "$(total rows),$(total unchanged),$(total accepted)"
equal "it is version 2" 2 "$(query 'select max(version) from submission where kind = 7')"
expect 0 "the figures follow" ask lscb attendance --from 2025-02-10 --to 2025-02-10 --format csv
equal "health gave apologies" "1,0" \
    "$(cell health apologies_without),$(cell health no_apologies)"
sed -i '/^m1,health/s/apologies/no_apologies/' "$world/exports/council/attendance.csv"
expect 0 "the council goes back to the older row" submit council "$world/exports/council/attendance.csv"
equal "which is version 3, not a duplicate of version 1" "1,3" \
    "$(total accepted),$(query 'select max(version) from submission where kind = 7')"
expect 0 "the figures follow again" ask lscb attendance --from 2025-02-10 --to 2025-02-10 --format csv
equal "health gave no apologies" "0,1" "$(cell health apologies_without),$(cell health no_apologies)"

# --- withdrawn ---

sed -e '1s/$/,withdrawn,withdrawn_reason/' -e '2s/$/,yes,entered twice/' -e '3s/$/,,/' \
    "$world/exports/police/referrals.csv" >"$world/exports/police/referrals-withdrawn.csv"
expect 0 "police withdraws a referral" submit police "$world/exports/police/referrals-withdrawn.csv"
equal "one row is sent" "1,1" "$(total accepted),$(total unchanged)"
expect 0 "the LSCB asks again" ask lscb contribution --from 2025-02-01 --to 2025-03-31 --format csv
equal "the withdrawn referral counts nowhere" "1,0,0" \
    "$(cell police referrals),$(cell police accepted),$(cell police feedback_given)"
expect 0 "police lists its receipts" agent police receipts --format csv
says "the withdrawal is version 2" ',referrals,2,yes,accepted,'

# --- receipts ---

expect 0 "police exports its receipts" export_receipts police "$tmp/receipts"
says "twelve of them" '^12 receipts in '
expect 0 "all of them verify offline" verify_folder "$tmp/receipts"
says "and are counted" '^12 of 12 receipts verified'
first=$(find "$tmp/receipts" -name 'referrals-*' | sort | head -1)
expect 0 "one alone verifies" "$bin/muster" receipt verify --vkey "$vkey" "$first"
says "and says what it is about" '^entry +submit of referrals [0-9a-f-]{36} by police'
says "and what it is not" 'does not replace the telephone'

# Changes one base64 character of the line of that number.
alter() { # LINE FILE
    awk -v line="$1" 'NR == line { at = length($0) > 12 ? 10 : 1; c = substr($0, at, 1)
        $0 = substr($0, 1, at - 1) (c == "A" ? "B" : "A") substr($0, at + 1) } { print }' "$2"
}
lines=$(wc -l <"$first")
for line in $(seq 2 "$lines"); do
    [ -n "$(sed -n "${line}p" "$first")" ] || continue
    alter "$line" "$first" >"$tmp/altered.tlog-proof"
    run "$bin/muster" receipt verify --vkey "$vkey" "$tmp/altered.tlog-proof"
    [ "$status" -eq 1 ] && grep -q '^not verified: [a-z]' "$out" || break
done
equal "a receipt altered in any of its lines is refused with a reason" "$lines,1" "$line,$status"
head -c $(($(wc -c <"$first") / 2)) "$first" >"$tmp/cut.tlog-proof"
expect 1 "a receipt cut short is refused" "$bin/muster" receipt verify --vkey "$vkey" "$tmp/cut.tlog-proof"
says "with a reason" '^not verified: [a-z]'
other=$(find "$tmp/receipts" -name 'training-*' | head -1)
sed -n 2p "$other" >"$tmp/extra"
awk -v extra="$(cat "$tmp/extra")" 'NR == 2 { print extra; next } { print }' "$first" >"$tmp/mixed.tlog-proof"
expect 1 "another record's entry under this proof is refused" "$bin/muster" receipt verify --vkey "$vkey" "$tmp/mixed.tlog-proof"
world_make "$tmp/elsewhere" 0
world_start "$tmp/elsewhere"
expect 1 "another log's key does not verify it" \
    "$bin/muster" receipt verify --vkey "$(cat "$tmp/elsewhere/log.vkey")" "$first"
says "with a reason" '^not verified: [a-z]'
world_stop "$tmp/elsewhere"
expect 1 "a key that is none is refused" "$bin/muster" receipt verify --vkey "none" "$first"
expect 3 "a receipt that is not there is a failure" "$bin/muster" receipt verify --vkey "$vkey" "$tmp/nothing"

# --- the outbox is lost ---

lose_outbox() { # AGENCY
    rm -f "$world/outbox-$1.db" "$world/outbox-$1.db-wal" "$world/outbox-$1.db-shm" "$world/outbox-$1.key"
}
before=$(query 'select count(*) from submission')
lose_outbox health
expect 0 "health submits all again without its outbox" submit health "$world/exports/health"/*.csv
equal "all are duplicates" "11,11,0,0" \
    "$(total rows),$(total duplicate),$(total accepted),$(total refused)"
equal "and the store holds nothing twice" "$before" "$(query 'select count(*) from submission')"
expect 0 "health has its receipts again" export_receipts health "$tmp/receipts-health"
expect 0 "and they verify" verify_folder "$tmp/receipts-health"
says "all eleven" '^11 of 11 receipts verified'

lose_outbox health
sed -i '/^level1/s/31/32/' "$world/exports/health/training.csv"
expect 0 "health loses it again and changed a row meanwhile" submit health "$world/exports/health"/*.csv
equal "the changed row is accepted" "11,10,1,0" \
    "$(total rows),$(total duplicate),$(total accepted),$(total refused)"
equal "as version 2" 2 "$(query "select max(version) from submission where kind = 11 and agency = 'health'")"
expect 0 "health submits once more" submit health "$world/exports/health"/*.csv
equal "and all are unchanged" "11" "$(total unchanged)"

# The row now equals version 1 while the gateway holds version 2: it must come out as the newest.
lose_outbox health
sed -i '/^level1/s/32/31/' "$world/exports/health/training.csv"
expect 0 "health loses it again and the row is back to what it was" submit health "$world/exports/health/training.csv"
equal "the row as it stands now is the one that counts" "31" \
    "$(query "select trained from training where submitter = 'health' and course = 'level1' and superseded_seq is null and withdrawn = 0")"

# Two changes of one record in the queue at once, neither known to the gateway, the later one last.
lose_outbox health
sed '/^level1/s/31/33/' "$world/exports/health/training.csv" >"$world/exports/health/training-1.csv"
sed '/^level1/s/31/34/' "$world/exports/health/training.csv" >"$world/exports/health/training-2.csv"
expect 0 "health loses it and sends two changes of one row at once" \
    submit health "$world/exports/health/training-1.csv" "$world/exports/health/training-2.csv"
equal "the later one counts" "34" \
    "$(query "select trained from training where submitter = 'health' and course = 'level1' and superseded_seq is null and withdrawn = 0")"
expect 0 "health sends the later one again" submit health "$world/exports/health/training-2.csv"
equal "it is unchanged" "2" "$(total unchanged)"

equal "no version of a record is held twice" 0 \
    "$(query 'select count(*) from (select 1 from submission group by key_ix, version having count(*) > 1)')"
rows_agree "what reports are made from is what the records say"
stop
finish
