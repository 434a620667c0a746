#!/usr/bin/env bash
# Who may ask and who may submit, tried with the real programs and real certificates; and that every
# reading and every refusal stands in the log.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/exports.sh"
need_tools openssl sqlite3 python3

make_world
sed -i 's/^  cycle_start = "[^"]*"/  cycle_start = "2025-01-06"/' "$world/conf/gateway.conf"
start
write_exports "$world/exports"
for agency in council health police school; do
    run submit "$agency" "$world/exports/$agency"/*.csv
    equal "$agency has submitted" "$(total rows)" "$(total accepted)"
done

agencies() { tail -n +2 "$out" | cut -d, -f1 | paste -sd' '; }
# How many entries of the log are so: a condition of awk on the fields by name.
count_entries() { # KIND ORG_OR_ROLE OUTCOME REASON SUBJECT
    entries | awk -F, -v kind="$1" -v who="$2" -v outcome="$3" -v reason="$4" -v subject="$5" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["kind"] == kind && ($at["org"] == who || $at["role"] == who) && $at["outcome"] == outcome &&
            $at["reason"] == reason && $at["subject"] == subject' | wc -l
}

# --- who sees what ---

cycle="--cycle 1 --format csv"      # 6 January to 16 February 2025
odd="--from 2025-01-06 --to 2025-02-15 --format csv"
for who in lscb auditor; do
    for report in attendance contribution section11; do
        period=$odd
        [ $report != section11 ] || period="--period 2024-25 --format csv"
        expect 0 "$who may ask for $report of any period" ask $who $report $period
        equal "$who sees all agencies in $report" "council health police school" "$(agencies)"
        equal "and the log says so" 1 "$(count_entries query $who 0 "" $report)"
    done
    expect 0 "$who may ask for one agency" ask $who contribution $odd --agency police
    equal "$who sees that agency alone" police "$(agencies)"
done
expect 0 "the LSCB sees real counts" ask lscb contribution $odd
equal "of one referral" 1 "$(cell police referrals)"

expect 0 "the Board may ask for a whole cycle" ask board contribution $cycle
equal "schools are a sector there" "council health police sector:school" "$(agencies)"
equal "a small count is suppressed, none stays 0" "c,0" "$(cell police referrals),$(cell police step_ups)"
equal "no count from 1 to 5 is left in the Board's table" 0 \
    "$(tail -n +2 "$out" | cut -d, -f2-15 | tr , '\n' | grep -c '^[1-5]$')"
expect 0 "the Board may ask for a quarter" ask board contribution --from 2025-01-01 --to 2025-03-31 --format csv
expect 0 "and for a financial year" ask board attendance --from 2024-04-01 --to 2025-03-31 --format csv
expect 0 "of one type of meeting" ask board attendance --from 2024-04-01 --to 2025-03-31 --type icpc --format csv
equal "a percentage of few is not shown to it, nor its colour" "c too few" "$(cell police attendance_pct) $(cell police rag)"
expect 0 "without a type" ask board attendance --from 2024-04-01 --to 2025-03-31 --format csv
equal "no percentage spans several types" "0 20" \
    "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "type") at = i } NR > 1 { all++; bad += $at == "-" }
        END { print bad + 0, all }' "$out")"
expect 0 "it sees a trend of whole quarters" ask board attendance --from 2024-04-01 --to 2025-03-31 --trend quarter --format csv
expect 1 "and of months none" ask board attendance --from 2024-04-01 --to 2025-03-31 --trend month
says "and is told why" 'whole quarters or cycles'
expect 1 "nor the types of one agency" ask board attendance --from 2024-04-01 --to 2025-03-31 --by type --agency police
expect 1 "the Board may not ask for another period" ask board contribution $odd
says "and is told why" 'whole cycles'
equal "and the log says so" 1 "$(count_entries authz.deny board 4 period_not_whole contribution)"
expect 1 "nor for attendance of one" ask board attendance $odd

expect 0 "police may ask for its own figures, with its agent's configuration" ask police contribution $odd
equal "and sees its own row alone" police "$(agencies)"
equal "which says what repeats there are to nobody" "c" "$(cell police repeat_contacts | sed 's/^[-c]$/c/')"
expect 0 "police may ask for its own attendance" ask police attendance $odd
equal "and sees its own row alone there" police "$(agencies)"
for report in attendance contribution; do
    expect 1 "police may not ask for health's $report" ask police $report $odd --agency health
    says "and is told why" 'own figures'
    equal "and the log says so" 1 "$(count_entries authz.deny police 4 other_agency $report)"
done
for report in "meetings $odd" disputes waiting; do
    expect 1 "nor for its ${report%% *}" ask police $report --agency health
    says "and is told why" 'own figures'
    equal "and the log says so" 1 "$(count_entries authz.deny police 4 other_agency "${report%% *}")"
    expect 1 "nor the operator for any ${report%% *}" ask operator $report
    says "and is told why" 'role may not'
done
expect 0 "police may ask for its own meetings" ask police meetings $odd
equal "and sees its own part alone" "m1 1 1 - -" \
    "$(cell m1 meeting) $(cell m1 invitations) $(cell m1 attended) $(cell m1 quorate) $(cell m1 reports_shared_in_time)"
expect 0 "school was at none" ask school meetings $odd
equal "and sees none" "" "$(agencies)"
expect 0 "the council sees what it convened, whole" ask council meetings $odd
equal "with everybody on the list" "3 2 no" "$(cell m1 invitations) $(cell m1 attended) $(cell m1 quorate)"
expect 0 "the LSCB sees every meeting" ask lscb meetings $odd
equal "whole" "3 2 no not_recorded" \
    "$(cell m1 invitations) $(cell m1 attended) $(cell m1 quorate) $(cell m1 reports_shared_in_time)"
expect 0 "or one agency's part" ask lscb meetings $odd --agency health
equal "of it" "1 0 no" "$(cell m1 invitations) $(cell m1 attended) $(cell m1 quorate)"
expect 0 "the Board sees how many" ask board meetings --cycle 1 --format csv
equal "one is too few to show, none is none" "c 0" "$(cell icpc meetings) $(cell core_group meetings)"
equal "and no meeting" "" "$(grep m1 "$out")"
expect 1 "nor of any dates" ask board meetings $odd
expect 1 "nor for its section 11" ask police section11 --period 2024-25 --agency health
expect 0 "the council asks like any partner" ask council contribution $odd
equal "and sees its own rows alone" "" "$(tail -n +2 "$out" | cut -d, -f1 | grep -vE '^(council|source:.*)$')"
for report in "attendance $odd" "contribution $odd" "section11 --period 2024-25"; do
    expect 1 "the operator may not ask for ${report%% *}" ask operator $report
    says "and is told why" 'role may not'
done
equal "and the log says so" 1 "$(count_entries authz.deny operator 4 role_not_allowed section11)"

# A reading stands in the log before its answer leaves: as many as were answered.
answered=$(entries | grep -c ',query,')
expect 0 "one more question" ask lscb attendance $odd
equal "is one more entry" $((answered + 1)) "$(entries | grep -c ',query,')"
equal "which names the size that it was computed from" "$(cell police log_size)" \
    "$(entries | grep ',query,' | tail -1 | cut -d, -f10)"
expect 0 "a question says what it is for" ask auditor attendance $odd --purpose audit --reference A-1
equal "and the log has it" audit "$(entries | grep ',query,' | tail -1 | cut -d, -f8)"

expect 1 "free text is no purpose: it would stay in the log for good" \
    ask auditor attendance $odd --purpose "the case of Robin Example" --reference A-1
says "and the auditor is told so" 'short code'

# --- who gets in ---

as() { # NAME CERTIFICATE : a configuration of police's agent with other certificates
    sed -e "s#police-tls#$2#" -e "s#outbox-police#outbox-$1#" "$world/conf/police.conf" >"$world/conf/$1.conf"
}
issue fire-tls client "URI:urn:muster:agency:fire,URI:urn:muster:role:submitter"
issue nobody-tls client "DNS:nobody.invalid"
issue king-tls client "URI:urn:muster:role:king"
issue two-tls client "URI:urn:muster:agency:police,URI:urn:muster:agency:health,URI:urn:muster:role:submitter"
issue old-tls client "URI:urn:muster:agency:police,URI:urn:muster:role:submitter" \
    -startdate 20240101000000Z -enddate 20240201000000Z
issue usage-tls server "URI:urn:muster:agency:police,URI:urn:muster:role:submitter"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=police \
    -addext "subjectAltName=URI:urn:muster:agency:police,URI:urn:muster:role:submitter" \
    -keyout "$world/certs/own-tls.key" -out "$world/certs/own-tls.pem" 2>/dev/null
chmod 600 "$world/certs/own-tls.key"
for who in fire nobody king two old usage own; do
    as $who $who-tls
    run ask $who attendance $odd
    [ "$status" -eq 3 ] && refused="$status" || refused="$status: $(cat "$out" "$err")"
    case $who in
    fire) what="of an agency that is not configured" ;;
    nobody) what="that names nobody" ;;
    king) what="of no known role" ;;
    two) what="of two agencies" ;;
    old) what="that has expired" ;;
    usage) what="for servers" ;;
    own) what="of another authority" ;;
    esac
    equal "a certificate $what is refused" 3 "$refused"
    equal "and gets no answer" "" "$(cat "$out")"
done
expect 0 "a good one is let in as before" ask police attendance $odd

# --- who may sign ---

before=$(query 'select count(*) from submission')
sed -e 's#police-sign#health-sign#' -e 's#outbox-police#outbox-signed#' "$world/conf/police.conf" >"$world/conf/signed.conf"
expect 1 "a batch signed with another agency's certificate is refused" agent signed submit "$world/exports/police/training.csv"
says "and says why" 'another agency'
sed -e 's#police-sign#police-tls#' -e 's#outbox-police#outbox-usage#' "$world/conf/police.conf" >"$world/conf/wrong.conf"
run agent wrong submit "$world/exports/police/training.csv"
equal "a batch signed with a certificate for connections is not sent or refused" yes \
    "$([ "$status" -ne 0 ] && echo yes || echo "no: $(cat "$out")")"
issue spare-sign signing "URI:urn:muster:agency:police" -startdate 20240101000000Z -enddate 20240201000000Z
sed -e 's#police-sign#spare-sign#' -e 's#outbox-police#outbox-old#' "$world/conf/police.conf" >"$world/conf/old.conf"
expect 1 "a batch signed with an expired certificate is refused" agent old submit "$world/exports/police/training.csv"
says "and says why" 'expired'
equal "nothing of these is held" "$before" "$(query 'select count(*) from submission')"

stop
equal "the log says why the signature was refused" 1 "$(count_entries authz.deny police 4 signature.other_agency "")"
equal "the log counts the connections that were refused, by reason" yes \
    "$(entries | awk -F, '$2 == "authn.fail" { sum += $12 } END { print (sum >= 7 ? "yes" : "no: " sum) }')"
entries | awk -F, '$2 == "authn.fail" { print "info    refused connections: " $7 " " $12 }'
finish
