#!/usr/bin/env bash
# What the operator does beside the gateway stands in the log; a store that is an older copy does not
# start, and a gateway whose partners know better writes nothing more.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

header=referral_id,child_id,family_name,given_name,date_of_birth,sex,referral_at,source_code,request_kind,route
referral() { # FILE ID
    printf '%s\n%s\n' "$header" "$2,c-$2,Example,Robin,2015-03-01,M,2026-01-12T10:00:00Z,6,safeguarding,marf" >"$1"
}
for i in 1 2 3 4 5; do referral "$tmp/$i.csv" "r$i"; done
police() { submit police --kind referrals "$@"; }
musterd() { "$bin/musterd" --config "$world/conf/gateway.conf" "$@"; }
# kind,action,reason,subject of the entries of these kinds from one on
changes() { # FROM KIND...
    local from=$1
    shift
    entries | awk -F, -v from="$from" -v kinds=" $* " \
        'NR > 1 && $1 >= from && index(kinds, " " $2 " ") { print $2 "," $5 "," $7 "," $11 }'
}
size() { query 'select count(*) from entry'; }
digest() { sha256sum "$1" | cut -d' ' -f1; }
grown_beyond() { [ "$(size)" -gt "$1" ]; }
has_kind() { entries | cut -d, -f2 | grep -qx "$1"; }
mark() { sed -n 2p "$world/high-water"; }
is_marked() { [ "$(mark)" = "$(query 'select max(size) from checkpoint')" ]; }
refused() { # "WHAT" EXTENDED_REGULAR_EXPRESSION
    expect 3 "$1: the gateway does not start" musterd
    says "$1: and says what to do" "$2"
}

# --- the first start ---

make_world
start
equal "the first entry is the start" log.start "$(entries | sed -n 2p | cut -d, -f2)"
equal "then each file that decides something, by its digest" \
    "config,C,gateway.conf,$(digest "$world/conf/gateway.conf")
config,C,calendar.bank_holidays,$(digest "$world/conf/bank-holidays-england.csv")
config,C,tls.ca,$(digest "$world/certs/ca.pem")
config,C,tls.crl,$(digest "$world/certs/ca.crl")
config,C,tls.certificate,$(digest "$world/certs/gateway-tls.pem")
config,C,signing.ca,$(digest "$world/certs/ca.pem")
config,C,signing.crl,$(digest "$world/certs/ca.crl")" "$(changes 0 config)"
equal "and each key by its name" "$(cd "$world/keys" && ls ./*.key | sed 's/^..\(.*\).key$/key.create,C,,\1/' | sort)" \
    "$(changes 0 key.create)"
expect 0 "the newest checkpoint gets into the high-water file" until_true is_marked
stop
equal "at the end it is the last one" "$(size)" "$(mark)"

# --- changes between two starts, and beside a running gateway ---

before=$(size)
start
equal "a start without changes is one entry" "log.start,E,," "$(changes $((before)) log.start config key.create)"
stop
echo '# a remark' >>"$world/conf/gateway.conf"
echo 2099-12-25 >>"$world/conf/bank-holidays-england.csv"
before=$(size)
start
equal "two files have changed" \
    "config,U,gateway.conf,$(digest "$world/conf/gateway.conf")
config,U,calendar.bank_holidays,$(digest "$world/conf/bank-holidays-england.csv")" "$(changes "$before" config)"
before=$(size)
"$root/certs/revoke.sh" "$world/certs" health-tls
kill -HUP "$(cat "$world/gateway.pid")"
expect 0 "a new revocation list, taken up by a reload, is an entry" until_true grown_beyond $((before + 1))
equal "one for each place that names it" \
    "config,U,tls.crl,$(digest "$world/certs/ca.crl")
config,U,signing.crl,$(digest "$world/certs/ca.crl")" "$(changes "$before" config)"
before=$(size)
run musterd keys create --through "$(date -u -d '+31 months' +%Y-%m)"
expect 0 "a key that is made is an entry" until_true grown_beyond "$before"
equal "with its name" "key.create,C,,kek-$(date -u -d '+31 months' +%Y-%m)" "$(changes "$before" key.create)"
before=$(size)
rm "$world/keys/kek-$(date -u -d '+31 months' +%Y-%m).key"
expect 0 "so is one that is destroyed" until_true grown_beyond "$before"
equal "with its name" "key.destroy,D,,kek-$(date -u -d '+31 months' +%Y-%m)" "$(changes "$before" key.destroy)"

# --- backups ---

expect 0 "police submits" police "$tmp/1.csv"
expect 0 "a backup is taken" musterd backup "$tmp/backup.db"
covered=$(sed -n 's/^log size *//p' "$out")
expect 0 "and is an entry of the log within seconds" until_true has_kind backup
equal "with its size and digest" "backup,C,$covered,$(digest "$tmp/backup.db")" \
    "$(entries | awk -F, '$2 == "backup" { print $2 "," $5 "," $10 "," $11 }')"
stop
start
equal "once" 1 "$(entries | cut -d, -f2 | grep -cx backup)"
stop

# --- an older copy of the store ---

mkdir "$tmp/old"
cp "$world"/gateway.db* "$tmp/old/"
start
expect 0 "police submits more" police "$tmp/2.csv"
stop
mkdir "$tmp/good"
cp "$world"/gateway.db* "$tmp/good/"
rm "$world"/gateway.db*
cp "$tmp/old"/gateway.db* "$world/"
refused "an older copy" "has signed $(mark) entries under muster.invalid/demo/log and the store has fewer.*new name"
equal "nothing was written into it" "$(sqlite3 "$tmp/old/gateway.db" 'select count(*) from entry')" "$(size)"
rm "$world"/gateway.db*
refused "no store any more" 'the store has fewer \(it has 0\)'
sed -i 's/^\([0-9]*\)$/9\1/' "$world/high-water"
cp "$world/high-water" "$tmp/forged"
rm -f "$world"/gateway.db*
cp "$tmp/good"/gateway.db* "$world/"
refused "a forged high-water file" 'holds nothing that our log key signed'

# --- a partner knows better ---

rm "$world/high-water" "$world"/gateway.db*
cp "$tmp/old"/gateway.db* "$world/"
start # nothing tells the gateway
expect 1 "the agent stops" police "$tmp/3.csv"
says "and says so" 'STOPPED'
expect 0 "and the gateway says what it was shown" until_true grep -q 'log.rolled_back' "$world/gateway.log"
before=$(size)
expect 3 "who remembers nothing is not served either" submit school --kind referrals "$tmp/4.csv"
says "and is told" 'log.rolled_back.*telephone|telephone.*log.rolled_back'
equal "everything waits" 1 "$(agent school status --format csv | tail -1 | cut -d, -f1)"
expect 3 "nor are questions answered" ask lscb attendance --from 2025-02-10 --to 2025-02-10
stop
equal "nothing was written, not even the end" "$before" "$(size)"
refused "and again" 'has signed [0-9]+ entries .* an older copy'
rm "$world"/gateway.db*
cp "$tmp/good"/gateway.db* "$world/"
start
expect 0 "with the right store all is well" agent police submit
expect 0 "and nothing was lost" agent school submit
equal "both are held" 2 "$(query "select count(*) from submission where seq > $(sqlite3 -readonly "$tmp/good/gateway.db" 'select max(seq) from submission')")"

# --- names ---

stop
sed -i 's#^log_origin = .*#log_origin = "muster.invalid/other/log"#' "$world/conf/gateway.conf"
refused "another name without a reason" 'put that name back'
finish
