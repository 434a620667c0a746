#include "report_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/domain/calendar.h"
#include "core/seal/primitives.h"

#define AGENCIES 5u

static void configure(struct service_settings *settings, struct agency *agencies)
{
    static const struct muster_date holidays[] = {{REPORT_WORLD_FIRST_DAY}};
    static const char *const ids[AGENCIES] = {"council", "county", "health", "police", "school"};
    static const char *groups[] = {"social_care", "police", "health"};
    static const struct quorum_role roles[] = {{"social_worker", QUORUM_SOCIAL_CARE},
                                               {"officer", QUORUM_POLICE},
                                               {"nurse", QUORUM_HEALTH}};
    for (size_t i = 0; i < AGENCIES; i++) {
        agencies[i] = (struct agency){.id = ids[i],
                                      .name = ids[i],
                                      .kind = i < 2 ? "council" : "partner",
                                      .quorum_group = "other",
                                      .is_council = i < 2,
                                      .may_submit = 1u << MUSTER_KIND_ATTENDANCE};
        agencies[i].may_submit |= i < 2 ? 1u << MUSTER_KIND_MEETING : 0;
    }
    static const struct escalation_stage stages[] = {{"lead", "lead", 2}, {"board", "chair", 0}};
    *settings = (struct service_settings){
        .directory = {agencies, AGENCIES},
        .workdays = {holidays, 1, 2026, 2026},
        .invitation_notice_days = 5,
        .quorum = {.groups = groups, .group_count = 3, .roles = roles, .role_count = 3},
        .timescales = {.conference_days = 15,
                       .core_group_days = 10,
                       .first_review_months = 3,
                       .review_months = 6,
                       .shared_hours = 24},
        /* One miss is a pattern here, so that the few records drawn make some. */
        .escalation = {.stages = stages,
                       .stage_count = 2,
                       .consecutive_misses = 1,
                       .inquorate = true,
                       .reports_missing = 1,
                       .reports_of = 3,
                       .not_inviting = {2, 3},
                       .not_recording = {2, 3},
                       .minutes_late = {2, 3}}};
    for (size_t i = 0; i < MEETING_TYPE_COUNT; i++) {
        settings->quorum.rules[i] = quorum_default_rule((enum meeting_type)i);
    }
}

static void print(const struct table *table, struct buffer *out)
{
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            char cell[TABLE_CELL_BYTES];
            buffer_printf(out, "%s%s", c > 0 ? "," : "",
                          table_format(table_cell(table, r, c), table->columns[c].kind, cell));
        }
        buffer_byte(out, '\n');
    }
}

void report_world_ask(struct world *world, report_fn *run, const struct codec_query *query,
                      const struct period *period, struct buffer *out)
{
    struct agency agencies[AGENCIES];
    struct service_settings settings;
    struct service service = {.settings = &settings, .reader = store_view(world->st)};
    struct report report = {.note_count = 0};
    struct arena arena;
    struct muster_err e = {0};
    const struct muster_date today = {REPORT_WORLD_FIRST_DAY + 60};
    struct report_ask ask = {.service = &service,
                             .query = query,
                             .dated = period != NULL,
                             .period = period != NULL ? *period : (struct period){{0}, {0}},
                             .now = calendar_day_start(today),
                             .today = today,
                             .log_size = STORE_NO_LIMIT,
                             .arena = &arena};
    ask.right.scope = RIGHTS_SCOPE_ALL;
    assert_int_equal(seal_context_new(&ask.seal, &e), MUSTER_OK);
    configure(&settings, agencies);
    arena_init(&arena, 1u << 24);
    if (run(&ask, &report, &e) != MUSTER_OK) {
        fail_msg("%s: %s", query->report, e.text);
    }
    print(&report.table, out);
    seal_context_free(ask.seal);
    arena_fini(&arena);
}
