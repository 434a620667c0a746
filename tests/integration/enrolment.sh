#!/usr/bin/env bash
# Certificates in an agency's name: what the authority issues behind its back is seen by the agency
# and decides nothing; what an agency queues before it is enrolled waits for that.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

make_world
: >"$world/enrolled" # by hand, below
start
training() { # FILE COURSE : one record
    printf 'course,period,eligible,trained\n%s,2025-26,40,30\n' "$2" >"$1"
}
entries() { python3 "$here/read_log.py" "$world/gateway.db"; }
count_leaves() { entries | awk -F, -v kind="$1" '$2 == kind { count++ } END { print count + 0 }'; }
print_of() { world_fingerprint "$world/certs/$1.pem"; }
enrol() { # WHO AGENCY FINGERPRINT ARGUMENTS...
    local who=$1 agency=$2 print=$3
    shift 3
    ask "$who" enrol --agency "$agency" --fingerprint "$print" --reference TEL/2026-1 --format csv "$@"
}
held() { query 'select count(*) from submission'; }
queued() { agent "$1" status --format csv | tail -1 | cut -d, -f1; }

# --- before it is enrolled ---

training "$tmp/training.csv" first
own=$(print_of police-sign)
expect 0 "the agent says what it signs with" agent police status --format csv
equal "by its whole fingerprint, in the last column" "$own" "$(tail -1 "$out" | cut -d, -f5)"
equal "behind the columns that were there before" queued,accepted,duplicate,refused,signing_certificate "$(head -1 "$out")"
expect 3 "a batch of a key that is not enrolled waits" agent police submit "$tmp/training.csv"
says "and the agent says whom to call, and about what" "${own:0:16}.*by telephone"
says "and that nothing is lost" 'stays queued'
equal "nothing was decided" 0 "$(held)"
equal "everything is kept" 1 "$(queued police)"
equal "its two certificates stand in the log" 2 "$(count_leaves key.certificate)"
run agent police submit
equal "trying again adds nothing to that" 2 "$(count_leaves key.certificate)"

# --- who may enrol ---

for who in lscb board auditor police council; do
    before=$(count_leaves authz.deny)
    expect 1 "$who may not enrol" enrol $who police "$own"
    says "and is told so" 'role_not_allowed'
    equal "and the log says so" $((before + 1)) "$(count_leaves authz.deny)"
done
equal "nobody is enrolled" 0 "$(count_leaves key.enrol)"
expect 2 "a fingerprint that is none is a wrong command line" enrol operator police abc
expect 1 "of an agency that nobody knows none is enrolled" enrol operator nobody "$own"
says "and it says so" agency_unknown
expect 1 "the certificate of the connection is not the one that signs" enrol operator police "$(print_of police-tls)"
says "and it says so" 'enrol.connection'

# --- it is enrolled ---

spaced=$(printf '%s' "$own" | tr a-f A-F | sed 's/../&:/g; s/:$//')
expect 0 "the operator enrols it, as another program prints it" enrol operator police "$spaced"
equal "and is shown what is enrolled" "police,$own,enrolled" "$(tail -1 "$out" | cut -d, -f1-3)"
expect 0 "what waited goes through by itself" agent police submit
equal "and is held" 1 "$(held)"
equal "nothing waits" 0 "$(queued police)"
expect 0 "enrolling it again changes nothing" enrol operator police "$own"
equal "and is no entry" 1 "$(count_leaves key.enrol)"
expect 0 "the agency is told" agent police mailbox --format csv
equal "of both certificates and of the enrolment" "2 1" \
    "$(grep -c key.certificate "$out") $(grep -c key.enrol "$out")"
says "by the fingerprint" "$own"
expect 1 "for another agency it is not enrolled" enrol operator health "$own"
says "since it is in police's name" 'enrol.other_agency'

# --- a second one, made by the authority and used by somebody else ---

issue stolen-sign signing "URI:urn:muster:agency:police"
issue stolen-tls client "URI:urn:muster:agency:police,URI:urn:muster:role:submitter"
stolen=$(print_of stolen-sign)
sed -e 's#police-sign#stolen-sign#; s#police-tls#stolen-tls#; s#outbox-police#outbox-stolen#g' \
    "$world/conf/police.conf" >"$world/conf/stolen.conf"
training "$tmp/stolen.csv" stolen
expect 3 "a batch that somebody else signs in police's name is not decided" agent stolen submit "$tmp/stolen.csv"
says "for want of enrolment" 'not_enrolled'
equal "nothing of it is held" 1 "$(held)"
equal "both certificates stand in the log under police" 2 \
    "$(entries | grep ',key.certificate,' | grep -cE "$stolen|$(print_of stolen-tls)")"
# Whoever has the certificate can read the box too, and say that he has kept what is in it.
expect 0 "its holder can fetch what police is told" agent stolen mailbox --format csv
says "of the certificate that he signs with" "$stolen"
equal "and acknowledges it" 0 \
    "$(query "select count(*) from message where owner = 'police' and acknowledged_seq is null")"
expect 0 "police finds all of it in its mailbox none the less" agent police mailbox --format csv
says "and is told that somebody was there" 'acknowledged in your agency.s name by somebody else'
says "the one that signs" "$stolen"
says "and the one that connects" "$(print_of stolen-tls)"

# --- revoked ---

stop
start
training "$tmp/second.csv" second
expect 0 "police is still enrolled" agent police submit "$tmp/second.csv"
run agent stolen submit
equal "and the other one is not" "3 2" "$status $(held)"
equal "no certificate is told of twice" 4 "$(entries | grep ',key.certificate,' | grep -cE "$own|$stolen|$(print_of police-tls)|$(print_of stolen-tls)")"
expect 1 "what was never enrolled is not revoked" enrol operator police "$stolen" --revoke
expect 0 "the operator revokes police's enrolment" enrol operator police "$own" --revoke
equal "and is shown that" "police,$own,revoked" "$(tail -1 "$out" | cut -d, -f1-3)"
training "$tmp/third.csv" third
expect 3 "its batches are not decided any more" agent police submit "$tmp/third.csv"
says "and it says why" 'revoked'
equal "nothing more is held" 2 "$(held)"
expect 1 "and it is not enrolled again" enrol operator police "$own"
says "for good" 'enrol.revoked'
expect 0 "the operator lists the certificates" ask operator enrol --list --format csv
equal "under their columns" owner,usage,fingerprint,first_seen,enrolled,revoked "$(head -1 "$out" | cut -d, -f1-6)"
equal "police's with all three times" yes \
    "$(awk -F, -v own="$own" '$3 == own && $4 ~ /Z$/ && $5 ~ /Z$/ && $6 ~ /Z$/ { print "yes" }' "$out")"
expect 0 "the auditor may see them" ask auditor enrol --list
expect 1 "an agency may not" ask police enrol --list

# --- the new one ---

issue new-sign signing "URI:urn:muster:agency:police"
sed -i 's#police-sign#new-sign#' "$world/conf/police.conf"
expect 0 "a new certificate is enrolled before it is used" enrol operator police "$(print_of new-sign)"
expect 0 "and what waited goes through, signed with it" agent police submit
equal "and is held" 3 "$(held)"
stop
finish
