#!/usr/bin/env bash
# Personal data lies nowhere in the clear: values that cannot be mistaken go through every path, and
# then nothing that Muster wrote, said or holds in memory has one of them.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

canary() {
    python3 "$here/canary.py" "$@"
}
# A core is written into the folder in which the gateway was started.
mkdir "$tmp/core" "$tmp/said"
make_world
canary make "$world/exports" "$tmp/list"
cd "$tmp/core" || exit 3
if ! grep -q __sanitizer "$bin/musterd"; then
    ulimit -c unlimited
fi
start
cd "$tmp" || exit 3

# What a program says is kept: all of it is searched.
said=0
keep() { # STATUS "WHAT" COMMAND...
    expect "$@"
    said=$((said + 1))
    cp "$out" "$tmp/said/$said.out"
    cp "$err" "$tmp/said/$said.err"
}

# --- every path ---

for agency in council health police school; do
    own=$world/exports/$agency
    files=()
    for file in "$own"/*.csv; do
        case $file in
        *-changed.csv | *-bad.csv | *-cut.csv | *-copy.csv) ;;
        *) files+=("$file") ;;
        esac
    done
    keep 0 "$agency submits a record of each of its kinds" submit "$agency" "${files[@]}"
    equal "$agency: all are accepted" "$(total rows)" "$(total accepted)"
    keep 0 "$agency changes one and withdraws another" agent "$agency" submit --kind referrals "$own/referrals-changed.csv"
    keep 1 "$agency checks a file with values where they do not belong" agent "$agency" check --kind referrals "$own/referrals-bad.csv"
    keep 1 "$agency submits that file" agent "$agency" submit --kind referrals "$own/referrals-bad.csv"
    keep 1 "$agency submits a file that breaks off" agent "$agency" submit --kind referrals "$own/referrals-cut.csv"
    keep 1 "$agency submits XML that breaks off" agent "$agency" submit "$own/census-cut.xml"
done
keep 0 "the council submits a copy of another's referral" agent council submit --kind referrals "$world/exports/council/referrals-copy.csv"
keep 0 "the council submits a census" submit council "$world/exports/council/census.xml"
equal "twelve kinds are in the store" 12 "$(query 'select count(distinct kind) from submission')"

sed -i 's/^agency = .*/&\ncouncil = true/' "$world/conf/police.conf"
keep 1 "the gateway refuses what an agent lets through" submit police "$world/exports/council/meetings.csv" "$world/exports/council/decisions.csv"
sed -i '/^council = true/d' "$world/conf/police.conf"
sed 's#outbox-health#outbox-anew#' "$world/conf/health.conf" >"$world/conf/anew.conf"
keep 0 "an agent that lost its outbox submits again" submit anew "$world/exports/health/referrals.csv" "$world/exports/health/audits.csv"
python3 - "$world/exports/health/referrals.csv" "$world/exports/health/referrals-other.csv" <<'PYTHON'
import sys
with open(sys.argv[1], encoding="utf-8") as source, open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write(source.read().replace("concern", "concern", 1).replace("Ann", "Otherwise Ann"))
PYTHON
sed 's#outbox-health#outbox-third#' "$world/conf/health.conf" >"$world/conf/third.conf"
keep 0 "and another with other content under the same versions" agent third submit --kind referrals "$world/exports/health/referrals-other.csv"

dates="--from 2025-01-01 --to 2025-12-31"
for report in "attendance $dates" "contribution $dates" "section11 --period 2024-25"; do
    for who in lscb auditor police council; do
        keep 0 "$who asks for ${report%% *}" ask $who $report --format csv
    done
done
name=$(grep -m 1 family "$tmp/list")
keep 1 "a purpose that names a child is refused" ask auditor attendance $dates --purpose "the case of $name" --reference A-1
for agency in council health police school; do
    keep 0 "$agency exports its receipts" export_receipts "$agency" "$tmp/receipts/$agency"
    keep 0 "$agency lists its receipts" agent "$agency" receipts --format csv
    keep 0 "$agency asks how it stands" agent "$agency" status --format csv
done
# Back to a quiet gateway, so that only what stays in memory is found there.
sleep 1

# --- the search can fail ---

forms=$(canary forms "$tmp/list" "$tmp/forms" | cut -d' ' -f2)
canary search "$tmp/list" "$tmp/forms" >"$out" 2>"$err"
equal "every form of every value is found where it is" "$forms" "$(cut -d' ' -f8 <"$out")"
rm "$tmp/forms"
cat "$world"/exports/*/* >"$tmp/exported"
missing=$(grep -i zqxjvkwy "$tmp/list" | while read -r value; do
    grep -qF -- "$value" "$tmp/exported" || echo "$value"
done)
rm "$tmp/exported"
equal "each of the $(grep -ci zqxjvkwy "$tmp/list") texts is in the exports" "" "$missing"
canary search "$tmp/list" "$world/exports" >"$out" 2>/dev/null
equal "the search finds them there" yes "$([ "$(cut -d' ' -f6 <"$out")" -gt 1000 ] && echo yes || cat "$out")"
printf 'info    in the exports: %s\n' "$(cat "$out")"

# --- what lies on disk while the gateway runs, and after it has ended ---

clean() { # "WHAT" PATH...
    local what=$1
    shift
    canary search "$tmp/list" "$@" >"$out" 2>"$err"
    printf 'info    %s: %s\n' "$what" "$(cat "$out")"
    equal "no value $what" 0 "$(cut -d' ' -f6 <"$out")"
    sed 's/^/        /' "$err" | cut -c1-300 | head -40
}
mapfile -t everything < <(find "$world" -mindepth 1 -maxdepth 1 ! -name exports)
equal "the store, its write-ahead log and the outboxes are among what is searched" 6 \
    "$(printf '%s\n' "${everything[@]}" | grep -cE '/(gateway\.db(-wal)?|outbox-(council|health|police|school)\.db)$')"
clean "in the world while the gateway runs" "${everything[@]}"
clean "in what was said" "$tmp/said" "$tmp/complaints.log"
clean "in the receipts" "$tmp/receipts"

# --- what lies in the gateway's memory, at rest ---

search_core() {
    local pid tries pattern core
    pattern=$(cat /proc/sys/kernel/core_pattern)
    if grep -q __sanitizer "$bin/musterd"; then
        printf 'SKIPPED: the memory of a program with a sanitizer keeps what was released; the release build shows it\n' >&2
        return
    fi
    case $pattern in
    '|'* | */*)
        printf 'SKIPPED: cores go to "%s", so that the memory of the gateway is not searched\n' "$pattern" >&2
        return
        ;;
    esac
    world_stop "$world" ABRT
    core=$(find "$tmp/core" -type f -size +100k | head -1)
    if [ -z "$core" ]; then
        printf 'SKIPPED: the gateway left no core, so that its memory is not searched\n' >&2
        return
    fi
    equal "the core holds the gateway's memory" yes "$(grep -qaF muster.invalid/demo/log "$core" && echo yes)"
    clean "in the memory of the gateway" "$core"
    start
}
search_core
stop
mapfile -t everything < <(find "$world" -mindepth 1 -maxdepth 1 ! -name exports)
clean "in the world after the gateway has ended" "${everything[@]}"
finish
