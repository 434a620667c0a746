#!/usr/bin/env bash
# A gateway that runs on rows that were altered finds that out by itself: no figure leaves, and
# referrals are still taken.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

make_world
samples=$root/agents/sample/exports
figure() { ask lscb contribution --from 2026-01-01 --to 2026-12-31 --format csv; }
entries_of() { # KIND
    python3 "$here/read_log.py" "$world/gateway.db" | cut -d, -f2 | grep -c "^$1\$"
}
# Until the gateway that was started last has said how its check ended.
await_check() { # -> the line
    local tries=0
    until grep -E '>store\.(checked|altered|unchecked) ' "$world/gateway.log"; do
        tries=$((tries + 1))
        [ $tries -le 1200 ] || return 1
        sleep 0.05 # a process is waited for that says it in its log
    done
}
start_anew() {
    : >"$world/gateway.log"
    start
    await_check >"$tmp/line"
}
event() { sed -E 's/^<[0-9]>([a-z.]+) .*/\1/' "$tmp/line"; }

start_anew
equal "an empty store is as its log says" store.checked "$(event)"
for agency in council police; do
    run submit $agency "$samples/$agency"/*.csv
done
stop
start_anew
equal "and so is one with records" store.checked "$(event)"
equal "all of it was compared" yes \
    "$(awk -v size="$(query 'select min(size) from checkpoint where size > (select max(seq) from submission)')" \
        '{split($0, part, "count="); print (part[2] + 0 >= size) ? "yes" : $0}' "$tmp/line")"
expect 0 "there are figures" figure
stop
cp "$world/gateway.db" "$tmp/good.db"
cp "$world/high-water" "$tmp/good-mark"
first=$(query "select min(seq) from referrals")

put_back() { # CHANGE
    cp "$tmp/good.db" "$world/gateway.db"
    cp "$tmp/good-mark" "$world/high-water"
    rm -f "$world"/gateway.db-*
    python3 "$here/tamper.py" "$world/gateway.db" "$1" "$first"
}

for change in fact fact-child no-facts more-facts settled party identity; do
    put_back "$change"
    start_anew
    equal "$change: is found out" store.altered "$(event)"
    expect 1 "no figure leaves" figure
    says "with the reason" 'what figures are made from is not what was logged'
    expect 1 "nor which meetings there were" ask lscb meetings --from 2026-01-01 --to 2026-12-31
    expect 0 "the log is still verified" ask auditor log verify
    expect 0 "and who saw it" ask auditor log
    stop
    equal "and it stands in the log" 1 "$(entries_of store.altered)"
done

# Without the months' keys nobody could tell any more: what was found stays found.
put_back fact
start_anew
equal "it is found out once more" store.altered "$(event)"
stop
mkdir "$tmp/away"
mv "$world"/keys/kek-* "$tmp/away/"
start_anew
equal "without keys there is nothing to find" store.checked "$(event)"
equal "but that is said" 1 "$(grep -c 'figures stay withheld' "$tmp/line")"
expect 1 "and no figure leaves" figure
stop
mv "$tmp/away"/kek-* "$world/keys/"

# Referrals are taken all the same: a child must not wait for a restore.
put_back fact
start_anew
equal "it is found out again" store.altered "$(event)"
sed -n 1,2p "$samples/school/referrals.csv" >"$tmp/late.csv"
expect 0 "a referral is still taken" submit school "$tmp/late.csv"
equal "it is accepted" 1 "$(total accepted)"
stop

# A page that SQLite itself cannot read: found before anybody asks for it.
put_back older
root_page=$(query "select rootpage from sqlite_schema where name = 'referrals_by_referral_at'")
printf '\377' | dd of="$world/gateway.db" bs=1 seek=$(((root_page - 1) * $(query "pragma page_size"))) \
    conv=notrunc status=none
start_anew
equal "a page that cannot be read is found out" store.altered "$(event)"
stop

# Whoever wants it otherwise.
put_back fact
sed -i 's/^  check_hours = .*/  check_hours = 0/' "$world/conf/gateway.conf"
start
expect 0 "without the check the altered figure would leave" figure
stop
finish
