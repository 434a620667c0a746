#!/usr/bin/env bash
# What the council and a partner recorded differently, and what waits for another record: who sees it,
# and what ends it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/exports.sh"
need_tools openssl sqlite3 python3

make_world
start
write_exports "$world/exports"
for agency in council health police school; do
    run submit "$agency" "$world/exports/$agency"/*.csv
    equal "$agency has submitted" "$(total rows)" "$(total accepted)"
done

rows() { tail -n +2 "$out" | cut -d, -f"$1" | paste -sd' '; }
period="--from 2025-01-01 --to 2025-03-31"
today=$(TZ=Europe/London date +%F)

# --- a dispute, and who sees it ---

for who in lscb auditor health council; do
    expect 0 "$who asks for disputes" ask $who disputes --format csv
    equal "$who sees both records" \
        "m1,icpc,2025-02-10T10:05:00+00:00,council,health,nurse,no_apologies,not_required,attended,not_required,$today,open,-,-" \
        "$(tail -n +2 "$out" | sed 's/,[0-9]*$//')"
done
expect 0 "police asks for disputes" ask police disputes --format csv
equal "and has none" "" "$(rows 1)"
expect 1 "police may not ask for those of health" ask police disputes --agency health
says "and is told why" 'own figures'
equal "and the log says so" 1 "$(entries | grep ',authz.deny,' | grep -c ',disputes')"
expect 0 "a dispute is of the day of its meeting" ask lscb disputes --from 2025-02-11 --to 2025-03-31 --format csv
equal "so another day has none" "" "$(rows 1)"
expect 0 "and of its type" ask lscb disputes --type core_group --format csv
equal "so another type has none" "" "$(rows 1)"
expect 0 "the Board asks how many there are" ask board disputes --format csv
equal "and sees small numbers as such" "c c 0" \
    "$(tail -n +2 "$out" | grep '^icpc' | cut -d, -f2-4 | tr , ' ')"
equal "and no meeting" "" "$(grep m1 "$out")"
expect 1 "the Board may not ask about one agency" ask board disputes --agency health
expect 1 "the Board may not ask for any dates" ask board disputes --from 2025-01-02 --to 2025-02-02
expect 0 "attendance counts the council's record" ask lscb attendance $period --format csv
equal "and says that it is disputed" "0.0 1" "$(cell health attendance_pct) $(cell health disputed)"

put health attendance "meeting_id,agency,role,status,report" "m1,health,nurse,no_apologies,not_required"
expect 0 "once health has corrected itself" ask lscb disputes --format csv
equal "there is no dispute" "" "$(rows 1)"
put health attendance "meeting_id,agency,role,status,report" "m1,health,nurse,deputy,not_required"

# --- what waits ---

put police attendance "meeting_id,agency,role,status,report" "m2,police,officer,attended,on_time"
put council decisions "referring_agency,referral_id,outcome" "police,police-r9,nfa"
expect 0 "the LSCB asks what waits" ask lscb waiting --format csv
equal "what each said to an escalation that there is not" "council health police school" \
    "$(grep ',escalation_responses,.*,escalation_unknown,' "$out" | cut -d, -f1 | paste -sd' ')"
others() { sed -i '/,escalation_unknown,/d' "$out"; }
others
equal "the decision and the attendance" \
    "council,decisions,-,police,-,referral_unknown,$today police,attendance,m2,police,officer,meeting_unknown,$today" \
    "$(tail -n +2 "$out" | sed 's/,[0-9]*$//' | paste -sd' ')"
expect 0 "police asks what waits" ask police waiting --format csv
others
equal "and sees its own" "m2" "$(rows 3)"
expect 0 "the council does" ask council waiting --format csv
others
equal "and sees its own" "referral_unknown" "$(rows 6)"
expect 1 "police may not ask for the council's" ask police waiting --agency council
expect 0 "the Board asks" ask board waiting --format csv
equal "and sees how many" "c 0 0 c 0 c" "$(rows 2)"

put council meetings "meeting_id,type,scheduled_at,held_at,status,children" \
    "m2,core_group,2025-03-03T10:00:00Z,2025-03-03T10:05:00Z,held,council-c1"
expect 0 "when the meeting has come" ask lscb waiting --format csv
others
equal "its attendance waits for an invitation" "referral_unknown not_invited" "$(rows 6)"
put council invitations "meeting_id,agency,role,invited_at,active_interest,expected_to" \
    "m2,police,lead,2025-02-10T09:00:00Z,yes,attend"
expect 0 "when that is in another role" ask lscb waiting --format csv
others
equal "it says so" "referral_unknown role_not_invited" "$(rows 6)"
put council invitations "meeting_id,agency,role,invited_at,active_interest,expected_to" \
    "m2,police,officer,2025-02-10T09:00:00Z,yes,attend"
put police referrals "referral_id,child_id,family_name,given_name,date_of_birth,referral_at,source_code,request_kind,route" \
    "police-r9,police-c9,Example,Alex,2014-04-01,2025-02-01T10:00:00Z,6,safeguarding,marf"
expect 0 "when all have come" ask lscb waiting --format csv
others
equal "nothing else waits" "" "$(rows 1)"

# --- the LSCB rules, and closes ---

printf 'The minutes name her.\n' >"$tmp/reason"
rule() { # WHO STATUS ARGUMENTS...
    local who=$1 status=$2
    shift 2
    ask "$who" rule m1 --agency health --role nurse --status "$status" --report not_required --format csv "$@"
}
expect 0 "the LSCB rules" rule lscb attended --reason-file "$tmp/reason" --receipt "$tmp/ruled.tlog-proof"
equal "as a first version" "dispute_rulings,accepted,1" "$(tail -1 "$out" | cut -d, -f1-3)"
says "and was shown what both sides say" 'council recorded no_apologies.*health itself deputy'
expect 0 "its receipt verifies" "$bin/muster" receipt verify --vkey "$(cat "$world/log.vkey")" "$tmp/ruled.tlog-proof"
says "and is about it" 'submit of dispute_rulings .* by lscb'
equal "the reason lies nowhere in the clear" 0 "$(cat "$world"/gateway.db* | grep -c 'The minutes name her')"
for who in lscb council health; do
    expect 0 "$who asks for open disputes" ask $who disputes --open --format csv
    equal "and there is none" "" "$(rows 1)"
    expect 0 "$who asks for all" ask $who disputes --format csv
    equal "and sees what was ruled" "no_apologies deputy ruled attended not_required" \
        "$(rows 7) $(rows 9) $(rows 12) $(rows 13) $(rows 14)"
done
expect 0 "attendance counts what was ruled" ask lscb attendance $period --type icpc --format csv
equal "and nothing is disputed" "100.0 0" "$(cell health attendance_pct) $(cell health disputed)"
expect 0 "and for people" ask lscb attendance $period --type icpc --columns agency,attendance_pct
says "n/N stands beside the percentage" '^health +100\.0 1/1'
expect 0 "the same ruling again" rule lscb attended --reason-file "$tmp/reason"
says "is nothing new" 'decided just so'
equal "and stays the one version" 1 "$(query 'select count(*) from dispute_rulings')"
expect 0 "the LSCB rules otherwise, knowingly" rule lscb apologies --reason-file "$tmp/reason" --replace --at 2026-03-02T14:00
equal "as a second version" "dispute_rulings,accepted,2" "$(tail -1 "$out" | cut -d, -f1-3)"
expect 1 "not unknowingly" rule lscb deputy --reason-file "$tmp/reason"
says "and is told that it has ruled before" 'decided on this before .version 2'
expect 1 "a slip of the pen is no ruling" ask lscb rule m1 --agency health --role nurses --status attended --report on_time --reason-file "$tmp/reason"
says "and says so" 'no dispute about that agency, in that role'
expect 2 "nor is a code that does not exist" rule lscb absent --reason-file "$tmp/reason"
expect 2 "nor one without a reason" rule lscb attended
expect 2 "free text on the command line is no option" rule lscb attended --reason "The minutes name her."

closed() { ask "$1" close ESC-000000000000 --resolution explained --format csv --at 2026-03-02 --note-file "$tmp/reason"; }
expect 1 "the LSCB does not close what there is not" closed lscb
says "and is told so" 'no such escalation'
for who in council health; do
    expect 1 "$who may not close" closed $who
    says "and is told whose act it is" 'lscb_only: Leave this record to the Local Safeguarding Children Board'
    expect 1 "$who may not rule" rule $who attended --reason-file "$tmp/reason"
    says "and is told whose act it is" 'lscb_only'
    equal "and the log says so" 2 "$(entries | grep -c ",refuse,$who,.*,lscb_only,")"
done
sed 's#lscb-sign#council-sign#' "$world/conf/lscb.conf" >"$world/conf/forged.conf"
expect 1 "the Board's name under the council's signature is refused" rule forged deputy --replace --reason-file "$tmp/reason"
says "and is told why" 'another agency'
sed -e 's#lscb-sign#council-sign#' -e 's#lscb-tls#council-tls#' "$world/conf/lscb.conf" >"$world/conf/forged.conf"
expect 1 "from the council's own connection too" rule forged apologies --replace --reason-file "$tmp/reason"

rows_agree "what reports are made from is what the records say"
stop
finish
