#!/usr/bin/env bash
# Starting, stopping, starting again; what stands in the way of a start; a disk that is full; a
# revoked certificate.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/exports.sh"
need_tools openssl sqlite3 python3

make_world
began=$(date +%s%N)
start
printf 'info    ready %s ms after the start, with an empty store\n' $((($(date +%s%N) - began) / 1000000))
write_exports "$world/exports"
run submit police "$world/exports/police"/*.csv
equal "police has submitted" 11 "$(total accepted)"

# Whether the log's last entry is of that kind.
last_entry_is() { # KIND
    query "select instr(leaf, cast('$1' as blob)) > 0 from entry order by seq desc limit 1"
}

# How a gateway of some configuration ends that cannot start; it may look for 5 seconds for what it
# needs, so several are tried at once.
try_start() { # NAME CONFIGURATION
    "$bin/musterd" --config "$2" >"$tmp/$1.out" 2>"$tmp/$1.log" </dev/null
    echo $? >"$tmp/$1.status"
}
refused_start() { # "WHAT" NAME EXTENDED_REGULAR_EXPRESSION
    equal "$1: ends with 3" 3 "$(cat "$tmp/$2.status")"
    equal "$1: one sentence" 1 "$(wc -l <"$tmp/$2.log")"
    equal "$1: says what is wrong" 1 "$(grep -cE "$3" "$tmp/$2.log")"
}

# --- what stands in the way ---

port=$(sed 's/.*://' "$world/address")
sed -e 's#^address_file.*##; s#^pid_file.*##; s#^log_vkey_file.*##; s#^ *high_water_file.*##' "$world/conf/gateway.conf" >"$world/conf/second.conf"
sed -e "s#^listen = .*#listen = \"tls+tcp://127.0.0.1:$port\"#" -e 's#^store = .*#store = "../second.db"#' \
    "$world/conf/second.conf" >"$world/conf/same-port.conf"
began=$(date +%s%N)
try_start same-store "$world/conf/second.conf" &
first=$!
try_start same-port "$world/conf/same-port.conf" &
second=$!
wait $first $second
waited=$((($(date +%s%N) - began) / 1000000))
refused_start "a second gateway on one store" same-store 'Another gateway holds the store'
refused_start "a second gateway on one port" same-port 'address|port|listen'
equal "both looked for 5 seconds whether the other goes away" 1 $((waited >= 4500))
expect 0 "the first gateway does not mind" submit health "$world/exports/health/training.csv"

# One that goes away in time is waited for.
"$bin/musterd" --config "$world/conf/second.conf" >"$tmp/successor.out" 2>"$tmp/successor.log" </dev/null &
successor=$!
stop
for _ in $(seq 200); do
    grep -q gateway.ready "$tmp/successor.log" && break
    sleep 0.05
done
equal "a gateway that takes over from one that ends is ready" 1 "$(grep -c gateway.ready "$tmp/successor.log")"
kill -TERM "$successor"
wait "$successor"
equal "and ends in order" 0 "$?"

cp "$world/gateway.db" "$world/newer.db"
sqlite3 "$world/newer.db" 'PRAGMA user_version = 99'
sed 's#^store = .*#store = "../newer.db"#' "$world/conf/second.conf" >"$world/conf/newer.conf"
try_start newer "$world/conf/newer.conf"
refused_start "a store of a newer Muster" newer 'schema 99.*later'
equal "which it leaves alone" 99 "$(sqlite3 "$world/newer.db" 'PRAGMA user_version')"
sqlite3 "$world/other.db" 'CREATE TABLE t (a)'
sed 's#^store = .*#store = "../other.db"#' "$world/conf/second.conf" >"$world/conf/other.conf"
try_start other "$world/conf/other.conf"
refused_start "a file that is no store" other 'not a Muster store'
head -c 20000 "$world/gateway.db" >"$world/cut.db"
sed 's#^store = .*#store = "../cut.db"#' "$world/conf/second.conf" >"$world/conf/cut.conf"
try_start cut "$world/conf/cut.conf"
refused_start "a store that was cut" cut '.'

# --- stopping, and starting again ---

start
run export_receipts police "$tmp/receipts-1"
size=$(query 'select max(size) from checkpoint')
stop
wait "$!" 2>/dev/null
expect 0 "the log as it is in the store adds up" python3 "$here/log_oracle.py" "$world/gateway.db" "$tmp/receipts-1"/*.tlog-proof
equal "the log's last entry says that it was stopped" 1 "$(last_entry_is log.stop)"
start
pid=$(cat "$world/gateway.pid")
equal "its last entry says that it was started" 1 "$(last_entry_is log.start)"
expect 0 "submissions go on" submit health "$world/exports/health"/*.csv
kill -TERM "$pid"
wait "$pid"
equal "the gateway ends with 0 when told to" 0 "$?"
equal "and takes its pid file along" no "$([ -e "$world/gateway.pid" ] && echo yes || echo no)"
equal "the log's last entry says so again" 1 "$(last_entry_is log.stop)"
equal "the log has grown" 1 "$(query "select max(size) > $size from checkpoint")"
expect 0 "receipts from before the restart verify" verify_folder "$tmp/receipts-1"
expect 0 "and are a beginning of the log as it is now" \
    python3 "$here/log_oracle.py" "$world/gateway.db" "$tmp/receipts-1"/*.tlog-proof
# The oracle itself can say no.
cp "$world/gateway.db" "$tmp/rewritten.db"
sqlite3 "$tmp/rewritten.db" "DROP TRIGGER entry_fixed; UPDATE entry SET leaf_hash = randomblob(32) WHERE seq = 2"
expect 1 "a log that was rewritten does not add up" python3 "$here/log_oracle.py" "$tmp/rewritten.db"

# --- a folder that cannot be written ---

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    chmod 755 "$tmp"
    cp -r "$world" "$tmp/locked"
    chown -R 65534:65534 "$tmp/locked"
    mkdir "$tmp/locked/store"
    cp "$world/conf/second.conf" "$tmp/locked/conf/locked.conf"
    sed -i 's#^store = .*#store = "../store/gateway.db"#' "$tmp/locked/conf/locked.conf"
    if setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$bin/musterd"; then
        setpriv --reuid 65534 --regid 65534 --clear-groups "$bin/musterd" --config "$tmp/locked/conf/locked.conf" \
            >"$tmp/locked.out" 2>"$tmp/locked.log" </dev/null
        echo $? >"$tmp/locked.status"
        refused_start "a folder that cannot be written" locked 'cannot be'
        install -o 65534 -m 400 "$world/gateway.db" "$tmp/locked/store/gateway.db"
        : >"$tmp/locked/store/gateway.db.lock"
        chown 65534 "$tmp/locked/store/gateway.db.lock"
        setpriv --reuid 65534 --regid 65534 --clear-groups "$bin/musterd" --config "$tmp/locked/conf/locked.conf" \
            >"$tmp/locked.out" 2>"$tmp/locked.log" </dev/null
        echo $? >"$tmp/locked.status"
        refused_start "a store that can be read and not written" locked '.'
    else
        printf 'SKIPPED: another user cannot run %s: folders that cannot be written are not tried\n' "$bin/musterd"
    fi
else
    printf 'SKIPPED: not root, or no setpriv: folders that cannot be written are not tried\n'
fi

# --- a disk that is full ---

disk=$tmp/disk
mkdir "$disk"
if mount -t tmpfs -o size=1m tmpfs "$disk" 2>/dev/null; then
    trap 'clean_up; umount -l "$disk" 2>/dev/null; rm -rf "$tmp"' EXIT
    sed "s#^store = .*#store = \"$disk/gateway.db\"#; /high_water_file/d" "$world/conf/gateway.conf" >"$tmp/gateway.conf"
    cp "$tmp/gateway.conf" "$world/conf/gateway.conf"
    rm "$world/enrolled" # in this store nobody is
    start
    {
        echo 'course,period,eligible,trained'
        seq -f 'course%05g,2024-25,40,31' 1500
    } >"$tmp/training.csv"
    pid=$(cat "$world/gateway.pid")
    expect 3 "the agent ends with 3 when the gateway's disk is full" submit school "$tmp/training.csv"
    says "and is told that nothing is lost" 'stays queued'
    # A commit that fails may be on disk or not: then the gateway ends rather than guess.
    if world_runs "$pid"; then
        says "the agent is told that the disk is full" 'disk is full'
        stop
    else
        wait "$pid"
        equal "the gateway, not knowing what became of a commit, ends with 3" 3 "$?"
        equal "and says that the disk is full" 1 "$(grep -c 'commit.failed.*full' "$world/gateway.log")"
    fi
    run agent school status --format csv
    queued=$(sed -n 2p "$out" | cut -d, -f1)
    accepted=$(sed -n 2p "$out" | cut -d, -f2)
    equal "what was accepted is held, the rest waits" "$accepted,1500" \
        "$(sqlite3 -readonly "$disk/gateway.db" 'select count(*) from submission'),$((queued + accepted))"
    mount -o remount,size=64m "$disk"
    start
    expect 0 "with room again the agent sends the rest" submit school
    equal "all are held, none twice" 1500 "$(sqlite3 -readonly "$disk/gateway.db" 'select count(*) from submission')"
    run export_receipts school "$tmp/receipts-disk"
    expect 0 "all receipts verify" verify_folder "$tmp/receipts-disk"
    says "all 1500" '^1500 of 1500 receipts verified'
    stop
    expect 0 "and the log adds up" python3 "$here/log_oracle.py" "$disk/gateway.db"
    umount "$disk"
    mount -t tmpfs -o size=64k tmpfs "$disk"
    head -c 60000 /dev/zero >"$disk/filler"
    cp "$world/conf/second.conf" "$world/conf/full.conf"
    sed -i "s#^store = .*#store = \"$disk/gateway.db\"#" "$world/conf/full.conf"
    try_start full "$world/conf/full.conf"
    refused_start "no room to begin a store" full 'full|space'
    umount "$disk"
    sed -i 's#^store = .*#store = "../gateway.db"#' "$world/conf/gateway.conf"
else
    printf 'SKIPPED: no file system of our own can be mounted: a full disk is not tried\n'
fi

# --- a revoked certificate ---

reload() {
    local before=$(grep -c certificates.reload "$world/gateway.log") tries
    kill -HUP "$(cat "$world/gateway.pid")"
    for tries in $(seq 200); do
        [ "$(grep -c certificates.reload "$world/gateway.log")" -gt "$before" ] && return
        sleep 0.05
    done
    not_ok "the gateway reloaded"
}
start
"$root/certs/revoke.sh" "$world/certs" police-sign
reload
sed 's/^level1/level3/' "$world/exports/police/training.csv" >"$tmp/training-more.csv"
expect 1 "a batch signed with a revoked certificate is refused" submit police "$tmp/training-more.csv"
says "with its reason" 'revoked'
expect 0 "police may still ask: its connection's certificate is another" \
    ask police attendance --from 2025-02-10 --to 2025-02-10 --format csv
expect 0 "health is not concerned" submit health "$tmp/training-more.csv"
"$root/certs/revoke.sh" "$world/certs" police-tls
reload
expect 3 "a connection with a revoked certificate is refused" \
    ask police attendance --from 2025-02-10 --to 2025-02-10 --format csv
expect 0 "health is not concerned by that either" ask health attendance --from 2025-02-10 --to 2025-02-10 --format csv
expect 0 "nor is the LSCB" ask lscb attendance --from 2025-02-10 --to 2025-02-10 --format csv
mv "$world/certs/ca.crl" "$tmp/ca.crl"
echo nonsense >"$world/certs/ca.crl"
reload
sed 's#^  crl = .*##' "$world/conf/health.conf" >"$world/conf/listless.conf"
expect 0 "a list that cannot be read leaves the old one in force: health goes on" \
    ask listless attendance --from 2025-02-10 --to 2025-02-10 --format csv
mv "$tmp/ca.crl" "$world/certs/ca.crl"
expect 3 "and police stays out" ask police attendance --from 2025-02-10 --to 2025-02-10
stop
equal "the log says why police was refused" 1 \
    "$(query "select count(*) > 0 from entry where instr(leaf, cast('authn.fail' as blob)) > 0 and instr(leaf, cast('revoked' as blob)) > 0")"
finish
