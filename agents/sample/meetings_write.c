/* The files about meetings. */
#include "agents/sample/meetings.h"

#include <stdio.h>
#include <string.h>

#include "agents/sample/sheet.h"

#define UNDER_FOUR_MONTHS 48 /* PN0 is for them */

static const struct draw_share participations[] = {
    {"PN1", 20}, {"PN2", 10}, {"PN3", 2}, {"PN4", 8}, {"PN5", 25}, {"PN6", 25}, {"PN7", 10},
};

/* The council's identifiers of the children, and for a conference how each of those who are born
 * took part. */
static void put_children(struct sheet *sheet, const struct sample_meeting *meeting,
                         struct draw *draw, struct draw_deck *participation)
{
    char ids[SHEET_CELL_BYTES] = "";
    char codes[SHEET_CELL_BYTES] = "";
    size_t ids_len = 0;
    size_t codes_len = 0;

    for (size_t i = 0; i < meeting->family->count; i++) {
        const struct sample_child *child = meeting->family->children[i];
        char id[CHILDREN_ID_BYTES];
        children_id(child, SAMPLE_COUNCIL, id);
        ids_len += (size_t)snprintf(ids + ids_len, sizeof ids - ids_len, "%s%s",
                                    ids_len > 0 ? ";" : "", id);
        if (child->months < 0) {
            continue;
        }
        const char *code =
            child->months < UNDER_FOUR_MONTHS ? "PN0" : draw_value(draw, participation);
        codes_len += (size_t)snprintf(codes + codes_len, sizeof codes - codes_len, "%s%s",
                                      codes_len > 0 ? ";" : "", code);
    }
    sheet_put(sheet, MUSTER_MEETING_CHILDREN, ids);
    if (meetings_is_conference(meeting) && meetings_is_held(meeting)) {
        sheet_put(sheet, MUSTER_MEETING_CHILD_PARTICIPATION, codes);
    }
}

static void write_meeting(struct sheet *sheet, const struct sample_meeting *meeting,
                          struct draw *draw, struct draw_deck *participation)
{
    sheet_put(sheet, MUSTER_MEETING_ID, meeting->id);
    sheet_put(sheet, MUSTER_MEETING_TYPE, meetings_type(meeting->sort));
    sheet_put_instant(sheet, MUSTER_MEETING_SCHEDULED_AT, meeting->scheduled_at);
    sheet_put(sheet, MUSTER_MEETING_STATUS, meeting->status);
    sheet_put(sheet, MUSTER_MEETING_MODE, meeting->mode);
    if (meeting->family != NULL) {
        put_children(sheet, meeting, draw, participation);
    }
    if (meeting->has_enquiry) {
        sheet_put_date(sheet, MUSTER_MEETING_S47_STARTED_ON, meeting->enquiry_started);
    }
    if (meetings_is_held(meeting)) {
        sheet_put_instant(sheet, MUSTER_MEETING_HELD_AT, meeting->held_at);
    }
    if (meeting->is_shared) {
        sheet_put_instant(sheet, MUSTER_MEETING_REPORTS_SHARED_AT, meeting->shared_at);
    }
    if (meeting->has_minutes) {
        sheet_put_instant(sheet, MUSTER_MEETING_MINUTES_SENT_AT, meeting->minutes_at);
    }
    if (meetings_is_conference(meeting) && meetings_is_held(meeting)) {
        sheet_put_yes(sheet, MUSTER_MEETING_QUORUM_OVERRIDE, meeting->is_overridden);
    }
    if (meeting->is_overridden) {
        sheet_put(sheet, MUSTER_MEETING_QUORUM_OVERRIDE_REASON,
                  "Invented sample: enough information was there, delay would harm the child.");
    }
    sheet_end_row(sheet);
}

static void write_invitation(struct sheet *sheet, const struct sample_meeting *meeting,
                             const struct sample_invitation *invitation)
{
    sheet_put(sheet, MUSTER_INVITATION_MEETING_ID, meeting->id);
    sheet_put(sheet, MUSTER_INVITATION_AGENCY, children_agency(invitation->agency));
    sheet_put(sheet, MUSTER_INVITATION_ROLE, invitation->role);
    if (invitation->is_invited) {
        sheet_put_instant(sheet, MUSTER_INVITATION_INVITED_AT, invitation->invited_at);
    }
    sheet_put_yes(sheet, MUSTER_INVITATION_ACTIVE_INTEREST, invitation->is_active);
    sheet_put(sheet, MUSTER_INVITATION_EXPECTED_TO, invitation->expected_to);
    sheet_end_row(sheet);
}

static void write_attendance(struct sheet *sheet, const struct sample_meeting *meeting,
                             const struct sample_invitation *invitation)
{
    bool own = sheet->agency != SAMPLE_COUNCIL;
    const char *report = own ? invitation->own_report : invitation->report;

    sheet_put(sheet, MUSTER_ATTENDANCE_MEETING_ID, meeting->id);
    sheet_put(sheet, MUSTER_ATTENDANCE_AGENCY, children_agency(invitation->agency));
    sheet_put(sheet, MUSTER_ATTENDANCE_ROLE, invitation->role);
    sheet_put(sheet, MUSTER_ATTENDANCE_STATUS, own ? invitation->own_status : invitation->status);
    sheet_put(sheet, MUSTER_ATTENDANCE_REPORT, report);
    if (strcmp(report, "on_time") == 0 || strcmp(report, "late") == 0) {
        sheet_put_instant(sheet, MUSTER_ATTENDANCE_REPORT_RECEIVED_AT,
                          own ? invitation->own_report_at : invitation->report_at);
    }
    sheet_end_row(sheet);
}

/* Whether the agency of the sheet has this attendance on record. */
static bool is_recorded_by(const struct sheet *sheet, const struct sample_invitation *invitation)
{
    if (sheet->agency == SAMPLE_COUNCIL) {
        return invitation->is_recorded;
    }
    return invitation->agency == sheet->agency && invitation->has_own_record;
}

/* A core group that the council has not entered: the record waits for it. */
static void write_unknown(struct sheet *sheet)
{
    sheet_put(sheet, MUSTER_ATTENDANCE_MEETING_ID, "CG-26-900");
    sheet_put(sheet, MUSTER_ATTENDANCE_AGENCY, children_agency(sheet->agency));
    sheet_put(sheet, MUSTER_ATTENDANCE_ROLE, "school");
    sheet_put(sheet, MUSTER_ATTENDANCE_STATUS, "attended");
    sheet_put(sheet, MUSTER_ATTENDANCE_REPORT, "not_required");
    sheet_end_row(sheet);
}

/* One row an invitation, for invitations or attendance. */
static enum muster_status write_list(const struct meetings *meetings, struct sheet *sheet,
                                     enum muster_kind kind, enum sample_agency agency,
                                     const char *folder, struct muster_err *e)
{
    sheet_open(sheet, kind, agency);
    for (size_t i = 0; i < meetings->count; i++) {
        const struct sample_meeting *meeting = &meetings->at[i];
        for (size_t j = 0; j < meeting->invitation_count; j++) {
            if (kind == MUSTER_KIND_INVITATION) {
                write_invitation(sheet, meeting, &meeting->invitations[j]);
            } else if (is_recorded_by(sheet, &meeting->invitations[j])) {
                write_attendance(sheet, meeting, &meeting->invitations[j]);
            }
        }
    }
    if (kind == MUSTER_KIND_ATTENDANCE && agency == SAMPLE_SCHOOL) {
        write_unknown(sheet);
    }
    enum muster_status status = sheet_save(sheet, folder, e);
    sheet_close(sheet);
    return status;
}

enum muster_status meetings_write(const struct meetings *meetings, struct draw *draw,
                                  struct arena *arena, const char *folder, struct muster_err *e)
{
    struct draw_deck participation = DRAW_DECK(participations);
    struct sheet *sheet = (struct sheet *)arena_alloc(arena, sizeof *sheet);

    if (sheet == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for the meetings");
    }
    sheet_open(sheet, MUSTER_KIND_MEETING, SAMPLE_COUNCIL);
    for (size_t i = 0; i < meetings->count; i++) {
        write_meeting(sheet, &meetings->at[i], draw, &participation);
    }
    enum muster_status status = sheet_save(sheet, folder, e);
    sheet_close(sheet);
    if (status == MUSTER_OK) {
        status = write_list(meetings, sheet, MUSTER_KIND_INVITATION, SAMPLE_COUNCIL, folder, e);
    }
    for (unsigned agency = 0; agency < SAMPLE_AGENCIES && status == MUSTER_OK; agency++) {
        status = write_list(meetings, sheet, MUSTER_KIND_ATTENDANCE, (enum sample_agency)agency,
                            folder, e);
    }
    return status;
}
