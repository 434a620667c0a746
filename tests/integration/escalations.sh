#!/usr/bin/env bash
# Missed meetings become an escalation by themselves; the agency answers, the LSCB alone closes.
. "$(dirname "$0")/lib.sh"
need_tools openssl sqlite3 python3

make_world
# --- a ladder that does not hold is refused before anything starts ---

refused() { # "WHAT" "WHAT IT SAYS" LINE... : a section of the configuration, the first line is 1 of it
    local what=$1 says=$2 conf=$world/conf/broken.conf
    shift 2
    cp "$world/conf/gateway.conf" "$conf"
    printf '%s\n' "$@" >>"$conf"
    expect 3 "$what" "$bin/musterd" --config "$conf" --check
    says "and says where and why" "broken\.conf:[0-9]+: .*$says"
}
refused "a last stage with a limit" "working_days.*last stage has no limit" \
    'escalation { stage "board" { owner = "chair"
    working_days = 3 } }'
refused "a stage before it without one" "working_days.*every stage but the last" \
    'escalation { stage "lead" { owner = "lead" }
    stage "board" { owner = "chair" } }'
refused "a stage that is nobody's" "owner" 'escalation { stage "board" { } }'
refused "a threshold that somebody set at no time" "set_on.*when they were set" 'escalation { set_by = "LSCB" }'
refused "more reports missing than there are" "reports_missing.*at most reports_of" \
    'escalation { reports_missing = 4' 'reports_of = 3 }'
refused "a key that is none" "consecutive_mises.*consecutive_misses" 'escalation { consecutive_mises = 2 }'

cat >>"$world/conf/gateway.conf" <<'CONF'
escalation {
  since = "2026-01-01"
  stage "lead" {
    owner = "safeguarding_lead"
    working_days = 2
  }
  stage "board" {
    owner = "lscb_chair"
  }
}
CONF
start

rows() { tail -n +2 "$out" | cut -d, -f"$1" | paste -sd' '; }

# Two conferences and a strategy discussion; the attendance comes before its meetings.
put council attendance meeting_id,agency,role,status,report \
    m1,council,social_worker,attended,not_required m1,health,nurse,no_apologies,not_required \
    m1,police,officer,attended,not_required m1,school,teacher,attended,not_required \
    m2,council,social_worker,attended,not_required m2,health,nurse,no_apologies,not_required \
    m2,police,officer,attended,not_required m2,school,teacher,attended,not_required
invited() { # MEETING... : everybody's, in good time
    local meeting
    for meeting; do
        printf '%s\n' "$meeting,council,social_worker,2026-01-05T09:00:00Z,yes,attend" \
            "$meeting,health,nurse,2026-01-05T09:00:00Z,yes,attend" \
            "$meeting,police,officer,2026-01-05T09:00:00Z,yes,attend" \
            "$meeting,school,teacher,2026-01-05T09:00:00Z,yes,attend"
    done
}
mapfile -t list < <(invited m1 m2)
put council invitations meeting_id,agency,role,invited_at,active_interest,expected_to "${list[@]}"
put council meetings meeting_id,type,scheduled_at,held_at,status,children,minutes_sent_at \
    m1,icpc,2026-02-02T10:00:00Z,2026-02-02T10:00:00Z,held,c1,2026-02-03T10:00:00Z
expect 0 "after one miss" ask lscb escalations --format csv
equal "nothing is open" "" "$(rows 1)"
put council meetings meeting_id,type,scheduled_at,held_at,status,children,minutes_sent_at \
    m2,rcpc,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,held,c1,2026-03-03T10:00:00Z

expect 0 "after two on end" ask lscb escalations --format csv
equal "one is open, and has climbed by itself" \
    "consecutive_misses,health,conference,2026-03-02,2,2026-03-02,open,board,lscb_chair,2026-03-05,-,1" \
    "$(tail -n +2 "$out" | cut -d, -f2-13)"
id=$(rows 1)
size=$(tail -n +2 "$out" | sed 's/.*,//')
cp "$out" "$tmp/first.csv"
expect 0 "health sees its own" ask health escalations --format csv
equal "by the same id" "$id" "$(rows 1)"
for who in police council; do
    expect 0 "$who asks for its own" ask $who escalations --format csv
    equal "and has none" "" "$(rows 1)"
    expect 1 "$who may not ask for health's" ask $who escalations --agency health
    says "and is told why" 'own figures'
done
expect 0 "the Board asks how many there are" ask board escalations --format csv
equal "and sees counts alone" "1 1 1 1 0 0" "$(tail -n +2 "$out" | grep '^consecutive_misses' | cut -d, -f2-7 | tr , ' ')"
equal "of every trigger" 8 "$(tail -n +2 "$out" | wc -l)"

# --- it announces itself ---

# Asks until the answer has come: the gateway looks for itself, within seconds.
eventually() { # "WHAT" EXTENDED_REGULAR_EXPRESSION COMMAND...
    local what=$1 wanted=$2 tries=0
    shift 2
    until run "$@" && grep -qE -- "$wanted" "$out"; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ]; then
            not_ok "$what: nothing like '$wanted' came within a minute"
            show_last
            return
        fi
        sleep 0.2
    done
    ok "$what"
}
messages() { # OWNER : how many of each kind, but for those of its keys
    query "SELECT kind || ' ' || count(*) FROM message WHERE owner = '$1' AND kind NOT LIKE 'key.%' GROUP BY kind ORDER BY kind" | paste -sd,
}
strategy() { # MEETING AGENCY ROLE : held an hour ago, and missed by one
    local held
    held=$(date -u -d '-1 hour' +%FT%TZ)
    put council attendance meeting_id,agency,role,status,report "$1,$2,$3,no_apologies,not_required"
    put council invitations meeting_id,agency,role,invited_at,active_interest,expected_to \
        "$1,council,social_worker,$held,yes,attend" "$1,health,nurse,$held,yes,attend" "$1,police,officer,$held,yes,attend"
    put council meetings meeting_id,type,scheduled_at,held_at,status,children "$1,strategy_discussion,$held,$held,held,c9"
}
eventually "health is told of its escalation" "escalation.opened" agent health mailbox --all --format csv
says "by its id" "$id"
strategy s1 health nurse
eventually "and of a strategy discussion that it missed today" "attendance.missed" agent health mailbox --all --format csv
says "by the meeting" "meeting s1 of council"
stop
start
strategy s2 police officer
eventually "police of its own, after a restart" "attendance.missed.*meeting s2" agent police mailbox --all --format csv
equal "nothing was said to health twice" "attendance.missed 1,escalation.opened 1,escalation.stage 1" "$(messages health)"
equal "the LSCB is told of each" "attendance.missed 2,escalation.opened 1,escalation.stage 1" "$(messages lscb)"
equal "the council of nothing" "" "$(messages council)"
expect 0 "it reads them" ask lscb mailbox --format csv
cp "$out" "$tmp/lscb.csv"
expect 0 "and takes note" ask lscb mailbox --acknowledge --format csv
expect 0 "then they are not shown again" ask lscb mailbox --format csv
equal "none of them" "" "$(rows 1)"
expect 0 "but with everything" ask lscb mailbox --all --format csv
equal "as they were" "$(cut -d, -f1 "$tmp/lscb.csv")" "$(cut -d, -f1 "$out")"
expect 0 "for people" ask lscb mailbox --all
says "with how many it has taken note of" "$(($(wc -l <"$tmp/lscb.csv") - 1)) of these are acknowledged"
expect 2 "showing all does not acknowledge" ask lscb mailbox --all --acknowledge
equal "each is an entry of the log" 8 "$(entries | grep ',message,' | grep -cE 'escalation[.]|attendance[.]missed')"

# --- the agency answers ---

put health escalation_responses escalation_id,responded_at,action,text \
    "$id,2026-03-04T09:00:00Z,plan,A deputy is named."
expect 0 "once health has answered in time" ask lscb escalations --format csv --open
equal "the clock waits in the first stage" "answered,lead,safeguarding_lead,2026-03-02,-,0" "$(tail -n +2 "$out" | cut -d, -f8-13)"
equal "and the answer is shown, not what it says" "1,plan,2026-03-04" "$(tail -n +2 "$out" | cut -d, -f15-17)"
expect 0 "as it stood before" ask lscb escalations --format csv --log-size "$size"
same_file "it is the same again" "$tmp/first.csv" "$out"

put health escalation_responses escalation_id,responded_at,action,text \
    "ESC-nowhere,2026-03-04T09:00:00Z,plan,Of what?"
put police escalation_responses escalation_id,responded_at,action,text \
    "$id,2026-03-04T09:00:00Z,plan,Not ours."
expect 0 "a response to no escalation of the agency's" ask lscb waiting --format csv
equal "waits" "escalation_responses,escalation_responses" \
    "$(tail -n +2 "$out" | grep ',escalation_unknown,' | cut -d, -f2 | paste -sd,)"

# --- the LSCB closes ---

for who in council health; do
    expect 1 "$who may not close it" ask $who close "$id" --resolution explained --at 2026-03-10
    says "and is told whose act it is" 'lscb_only'
done
expect 0 "the LSCB closes it" ask lscb close "$id" --resolution resolved --at "$(date -u -d "-3 days" +%FT%TZ)"
expect 0 "which ends it" ask lscb escalations --format csv
equal "with its resolution, not yet addressed" "closed,$(TZ=Europe/London date -d "-3 days" +%F),resolved,no" "$(tail -n +2 "$out" | cut -d, -f8,18-20)"
eventually "health is told" "escalation.closed.*$id" agent health mailbox --all --format csv
expect 0 "nothing is open any more" ask lscb escalations --format csv --open
equal "at all" "" "$(rows 1)"

came=$(date -u -d '-2 days' +%FT%TZ)
put council attendance meeting_id,agency,role,status,report m3,health,nurse,attended,not_required \
    m3,council,social_worker,attended,not_required m3,police,officer,attended,not_required m3,school,teacher,attended,not_required
mapfile -t list < <(invited m3)
put council invitations meeting_id,agency,role,invited_at,active_interest,expected_to "${list[@]}"
put council meetings meeting_id,type,scheduled_at,held_at,status,children,minutes_sent_at \
    "m3,rcpc,$came,$came,held,c1,$came"
expect 0 "once health has come again" ask lscb escalations --format csv
equal "it is addressed" "closed yes" "$(tail -n +2 "$out" | cut -d, -f8,20 | tr , ' ')"

# --- the council's own ---

put council meetings meeting_id,type,scheduled_at,held_at,status,children \
    m4,core_group,2026-05-04T10:00:00Z,2026-05-04T10:00:00Z,held,c1 \
    m5,core_group,2026-05-11T10:00:00Z,2026-05-11T10:00:00Z,held,c1
expect 0 "meetings without a list or minutes" ask council escalations --format csv
equal "are escalated against the council" "minutes_late not_inviting" "$(rows 2 | tr ' ' '\n' | sort | paste -sd' ')"
own=$(tail -n +2 "$out" | grep not_inviting | cut -d, -f1)
expect 1 "which cannot close its own" ask council close "$own" --resolution explained --at 2026-06-01
says "and is told whose act it is" 'lscb_only'
expect 0 "so it stays open" ask lscb escalations --format csv --open --agency council
equal "both" 2 "$(tail -n +2 "$out" | wc -l)"

# --- a record that supersedes takes its cause away ---

put council attendance meeting_id,agency,role,status,report m2,health,nurse,deputy,not_required
expect 0 "when a miss is corrected" ask lscb escalations --format csv --agency health
equal "its escalation is gone" "" "$(rows 1)"
expect 0 "and what was said to it" ask lscb waiting --format csv
equal "waits, the closure too" 1 "$(grep -c '^lscb,escalation_closures,.*,escalation_unknown,' "$out")"

stop
finish
