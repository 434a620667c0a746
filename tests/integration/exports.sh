# Hand-made exports of every kind of record for four agencies, small enough to count by hand.
# Sourced by tests; bash.

# Writes FOLDER/<agency>/<kind>.csv. Nothing lies in the future of 2026 or close to it.
write_exports() { # FOLDER
    local agency folder=$1
    for agency in council health police school; do
        mkdir -p "$folder/$agency"
        write_own_account "$folder/$agency" "$agency"
        write_referrals "$folder/$agency" "$agency"
    done
    write_council "$folder/council"
    write_attendance "$folder/police" police
    write_attendance "$folder/health" health
}

# Two referrals, one episode of early help, one answer to a decision: 4 rows.
write_referrals() { # FOLDER AGENCY
    local source
    case $2 in
    police) source=6 ;;
    health) source=3A ;;
    school) source=2A ;;
    *) source=5A ;;
    esac
    cat >"$1/referrals.csv" <<CSV
referral_id,child_id,nhs_number,family_name,given_name,date_of_birth,sex,referral_at,source_code,request_kind,primary_need,route,consent,parents_informed
$2-r1,$2-c1,943 476 5919,Example,Robin,2015-03-01,M,2025-02-03T10:00:00Z,$source,safeguarding,N1,marf,not_sought,no
$2-r2,$2-c2,,Sample,"Kim, ""K""",2012-06-30,F,2025-03-10 16:30,$source,early_help,N5,email,given,yes
CSV
    cat >"$1/early_help.csv" <<CSV
episode_id,child_id,family_name,given_name,date_of_birth,sex,kind,started_on,start_reason,lead_agency
$2-e1,$2-c2,Sample,Kim,2012-06-30,F,eha,2025-02-20,new,$2
CSV
    cat >"$1/referrer_feedback.csv" <<CSV
referral_id,received_at,satisfied,comment
$2-r1,2025-02-20T09:00:00Z,yes,"Clear, and quick"
CSV
}

# Section 11 and the like: 6 rows.
write_own_account() { # FOLDER AGENCY
    local type=s11 standard=s11_1
    [ "$2" != school ] || { type=s175_157 standard=s175_1; }
    cat >"$1/section11.csv" <<CSV
return_id,standard,type,period,grade,status,signed_off_role,signed_off_on
$2-s1,$standard,$type,2024-25,good,submitted,chief,2025-03-01
CSV
    cat >"$1/section11_actions.csv" <<CSV
return_id,action_id,standard,action,owner_role,due,action_status
$2-s1,a1,$standard,Train the night shift,lead,2025-09-30,done
CSV
    cat >"$1/audits.csv" <<CSV
audit_id,scope,theme,audited_on,cases
$2-u1,single,neglect,2025-04-02,12
CSV
    cat >"$1/training.csv" <<CSV
course,period,eligible,trained
level1,2024-25,40,31
level2,2024-25,10,10
CSV
    cat >"$1/escalation_responses.csv" <<CSV
escalation_id,responded_at,action,text
esc-$2,2025-05-01T12:00:00Z,acknowledge,Seen
CSV
}

# One conference, three invitations, three attendance records, one decision: 8 rows.
write_council() { # FOLDER
    cat >"$1/meetings.csv" <<CSV
meeting_id,type,scheduled_at,held_at,status,children
m1,icpc,2025-02-10T10:00:00Z,2025-02-10T10:05:00Z,held,council-c1
CSV
    cat >"$1/invitations.csv" <<CSV
meeting_id,agency,role,invited_at,active_interest,expected_to
m1,police,officer,2025-01-27T09:00:00Z,yes,both
m1,health,nurse,2025-01-27T09:00:00Z,yes,attend
m1,council,chair,2025-01-27T09:00:00Z,yes,attend
CSV
    cat >"$1/attendance.csv" <<CSV
meeting_id,agency,role,status,report,report_received_at
m1,police,officer,attended,on_time,2025-02-06T09:00:00Z
m1,health,nurse,no_apologies,not_required,
m1,council,chair,attended,not_required,
CSV
    cat >"$1/decisions.csv" <<CSV
referring_agency,referral_id,received_at,acknowledged_at,decided_at,accepted_as_referral,threshold_met,outcome,feedback_at
police,police-r1,2025-02-03T10:05:00Z,2025-02-03T12:00:00Z,2025-02-04T11:00:00Z,yes,yes,assessment,2025-02-05T09:00:00Z
CSV
}

# A partner's own record of the same conference: 1 row.
write_attendance() { # FOLDER AGENCY
    local role=officer report=on_time
    [ "$2" != health ] || role=nurse report=not_required
    cat >"$1/attendance.csv" <<CSV
meeting_id,agency,role,status,report
m1,$2,$role,attended,$report
CSV
}
