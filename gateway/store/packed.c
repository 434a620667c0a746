#include "gateway/store/packed.h"

#include <string.h>

/* Lists of codes. What stands in them is on disk by its place: they are only ever added to, at
 * their end. A code that is missing here is written out and costs a few bytes more. */
struct codes {
    const char *const *code;
    size_t count;
};

#define CODES(name, ...)                                     \
    static const char *const name##_codes[] = {__VA_ARGS__}; \
    static const struct codes name = {name##_codes, sizeof name##_codes / sizeof name##_codes[0]}

CODES(types, "strategy_discussion", "strategy_meeting", "icpc", "rcpc", "core_group", "lscb_board",
      "lscb_subgroup", "improvement_board");
CODES(statuses, "scheduled", "held", "cancelled", "adjourned");
CODES(modes, "in_person", "telephone", "video");
CODES(expectations, "attend", "report", "both");
CODES(attendances, "attended", "attended_remote", "deputy", "apologies", "no_apologies");
CODES(reports, "not_required", "on_time", "late", "not_received");

#define MEETING_SCHEDULED      (1u << 0)
#define MEETING_HELD           (1u << 1)
#define MEETING_MODE           (1u << 2)
#define MEETING_S47            (1u << 3)
#define MEETING_REPORTS_SHARED (1u << 4)
#define MEETING_MINUTES_SENT   (1u << 5)
#define MEETING_OVERRIDE       (1u << 6)
#define MEETING_OVERRIDE_YES   (1u << 7)
#define MEETING_CENSUS         (1u << 8)
#define MEETING_CENSUS_YES     (1u << 9)
#define MEETING_FLAGS          ((1u << 10) - 1u)

/* The bits of a record are shifted by 0 for the council's, 3 for the agency's own, 6 for the
 * ruling. */
#define RECORD_GIVEN       (1u << 0)
#define RECORD_RECEIVED    (1u << 1)
#define RECORD_SAME        (1u << 2) /* of the agency's own: it is the council's */
#define RECORD_BITS        3u
#define INVITED_AT         (1u << 9)
#define INVITED_INTEREST   (1u << 10)
#define INVITED_FLAGS      ((1u << 11) - 1u)
#define RECORDS_OF_INVITED 3u

/* --- writing ---------------------------------------------------------------------------------- */

static void put_number(struct buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        buffer_byte(out, (char)(value | 0x80));
    }
    buffer_byte(out, (char)value);
}

/* Differences may wrap around: they are taken and undone in unsigned numbers. */
static void put_difference(struct buffer *out, uint64_t value, uint64_t base)
{
    uint64_t difference = value - base;
    uint64_t sign = difference >> 63 != 0 ? UINT64_MAX : 0;

    put_number(out, (difference << 1) ^ sign);
}

static void put_time(struct buffer *out, const struct store_instant *instant, int64_t base)
{
    if (instant->given) {
        put_difference(out, (uint64_t)instant->at.ms, (uint64_t)base);
    }
}

static void put_code(struct buffer *out, const struct codes *codes, const char *text)
{
    for (size_t i = 0; i < codes->count; i++) {
        if (strcmp(codes->code[i], text) == 0) {
            buffer_byte(out, (char)(i + 1));
            return;
        }
    }
    size_t len = strlen(text);
    if (len > MUSTER_ID_BYTES) {
        out->failed = MUSTER_ETOOBIG; /* no code is that long */
        return;
    }
    buffer_byte(out, 0);
    buffer_byte(out, (char)len);
    buffer_put(out, text, len + 1);
}

static unsigned flag(bool holds, unsigned bit)
{
    return holds ? bit : 0;
}

static unsigned meeting_flags(const struct store_gathering *row)
{
    return flag(row->scheduled_at.given, MEETING_SCHEDULED) |
           flag(row->held_at.given, MEETING_HELD) | flag(row->mode != NULL, MEETING_MODE) |
           flag(row->s47_started_on.given, MEETING_S47) |
           flag(row->reports_shared_at.given, MEETING_REPORTS_SHARED) |
           flag(row->minutes_sent_at.given, MEETING_MINUTES_SENT) |
           flag(row->quorum_override.given, MEETING_OVERRIDE) |
           flag(row->quorum_override.yes, MEETING_OVERRIDE_YES) |
           flag(row->census.given, MEETING_CENSUS) | flag(row->census.yes, MEETING_CENSUS_YES);
}

static int64_t time_of(const struct store_gathering *row)
{
    if (row->held_at.given) {
        return row->held_at.at.ms;
    }
    return row->scheduled_at.given ? row->scheduled_at.at.ms : 0;
}

static void put_meeting(struct buffer *out, const struct store_gathering *row, int64_t time)
{
    put_number(out, row->seq);
    put_difference(out, (uint64_t)time, 0);
    put_code(out, &types, row->type);
    put_code(out, &statuses, row->status);
    put_number(out, meeting_flags(row));
    put_time(out, &row->scheduled_at, time);
    if (row->mode != NULL) {
        put_code(out, &modes, row->mode);
    }
    if (row->s47_started_on.given) {
        put_difference(out, (uint64_t)(int64_t)row->s47_started_on.on.days, 0);
    }
    put_time(out, &row->reports_shared_at, time);
    put_time(out, &row->minutes_sent_at, time);
    put_number(out, row->child_count);
    buffer_put(out, row->children, row->child_count * sizeof *row->children);
}

static unsigned record_flags(const struct store_recorded *record)
{
    return flag(record->given, RECORD_GIVEN) |
           flag(record->given && record->report_received_at.given, RECORD_RECEIVED);
}

static void put_invited(struct buffer *out, const struct store_gathering *row, int64_t time,
                        const struct store_invited *invited)
{
    const struct store_recorded *records[RECORDS_OF_INVITED] = {&invited->council, &invited->own,
                                                                &invited->ruling};
    bool same =
        invited->council.given && invited->own.given && invited->council.seq == invited->own.seq;
    unsigned flags = flag(invited->invited_at.given, INVITED_AT) |
                     flag(invited->active_interest, INVITED_INTEREST);

    for (unsigned i = 0; i < RECORDS_OF_INVITED; i++) {
        unsigned bits = i == 1 && same ? RECORD_SAME : record_flags(records[i]);
        flags |= bits << (i * RECORD_BITS);
    }
    put_difference(out, invited->seq, row->seq);
    put_number(out, flags);
    put_code(out, &expectations, invited->expected_to);
    put_time(out, &invited->invited_at, time);
    for (unsigned i = 0; i < RECORDS_OF_INVITED; i++) {
        if (records[i]->given && !(i == 1 && same)) {
            put_difference(out, records[i]->seq, row->seq);
            put_code(out, &attendances, records[i]->status);
            put_code(out, &reports, records[i]->report);
            put_time(out, &records[i]->report_received_at, time);
        }
    }
}

void packed_write(const struct store_gathering *row, const uint64_t *parties, struct buffer *out)
{
    int64_t time = time_of(row);

    put_number(out, PACKED_VERSION);
    put_meeting(out, row, time);
    put_number(out, row->invited_count);
    for (size_t i = 0; i < row->invited_count; i++) {
        put_number(out, parties[i]);
        put_invited(out, row, time, &row->invited[i]);
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

static uint8_t get_byte(struct packed *packed)
{
    if (packed->left == 0) {
        packed->failed = true;
        return 0;
    }
    packed->left--;
    return *packed->at++;
}

static uint64_t get_number(struct packed *packed)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = get_byte(packed);
        if (shift == 63 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    packed->failed = true;
    return 0;
}

static uint64_t get_difference(struct packed *packed, uint64_t base)
{
    uint64_t value = get_number(packed);

    return base + ((value >> 1) ^ ((value & 1) != 0 ? UINT64_MAX : 0));
}

static struct store_instant get_time(struct packed *packed, bool given)
{
    struct store_instant instant = {.given = given};

    if (given) {
        instant.at.ms = (int64_t)get_difference(packed, (uint64_t)packed->time);
    }
    return instant;
}

static uint64_t get_seq(struct packed *packed, uint64_t base)
{
    uint64_t seq = get_difference(packed, base);

    packed->failed = packed->failed || seq > (uint64_t)INT64_MAX;
    return seq;
}

static const uint8_t *get_bytes(struct packed *packed, size_t len)
{
    const uint8_t *at = packed->at;

    if (len > packed->left) {
        packed->failed = true;
        return NULL;
    }
    packed->at += len;
    packed->left -= len;
    return at;
}

static const char *get_code(struct packed *packed, const struct codes *codes)
{
    size_t number = get_byte(packed);
    if (number > 0) {
        packed->failed = packed->failed || number > codes->count;
        return number <= codes->count ? codes->code[number - 1] : "";
    }
    size_t len = get_byte(packed);
    const uint8_t *text = len <= MUSTER_ID_BYTES ? get_bytes(packed, len + 1) : NULL;
    if (text == NULL || memchr(text, '\0', len + 1) != text + len) {
        packed->failed = true;
        return "";
    }
    return (const char *)text;
}

static void get_children(struct packed *packed, struct store_gathering *row)
{
    uint64_t count = get_number(packed);
    if (count > packed->left / sizeof *row->children) {
        packed->failed = true;
        return;
    }
    row->child_count = (size_t)count;
    row->children = (const struct store_blind *)(const void *)get_bytes(
        packed, (size_t)count * sizeof *row->children);
}

static struct store_date get_day(struct packed *packed, bool given)
{
    struct store_date date = {.given = given};
    int64_t days = given ? (int64_t)get_difference(packed, 0) : 0;

    packed->failed = packed->failed || days > INT32_MAX || days < INT32_MIN;
    date.on.days = packed->failed ? 0 : (int32_t)days;
    return date;
}

static struct store_yesno yesno(unsigned flags, unsigned given, unsigned yes)
{
    struct store_yesno answer = {(flags & given) != 0, (flags & yes) != 0};

    return answer;
}

bool packed_open(struct packed *packed, struct muster_bytes bytes, struct store_gathering *row)
{
    *packed = (struct packed){.at = bytes.at, .left = bytes.len};
    if (get_number(packed) != PACKED_VERSION) {
        packed->failed = true;
        return false;
    }
    row->seq = get_number(packed);
    packed->failed = packed->failed || row->seq > (uint64_t)INT64_MAX;
    packed->seq = row->seq;
    packed->time = (int64_t)get_difference(packed, 0);
    row->type = get_code(packed, &types);
    row->status = get_code(packed, &statuses);
    uint64_t all = get_number(packed);
    unsigned flags = (unsigned)(all & MEETING_FLAGS);
    packed->failed = packed->failed || all != flags;
    row->scheduled_at = get_time(packed, (flags & MEETING_SCHEDULED) != 0);
    row->held_at = (struct store_instant){(flags & MEETING_HELD) != 0, {0}};
    row->held_at.at.ms = row->held_at.given ? packed->time : 0;
    row->mode = (flags & MEETING_MODE) != 0 ? get_code(packed, &modes) : NULL;
    row->s47_started_on = get_day(packed, (flags & MEETING_S47) != 0);
    row->reports_shared_at = get_time(packed, (flags & MEETING_REPORTS_SHARED) != 0);
    row->minutes_sent_at = get_time(packed, (flags & MEETING_MINUTES_SENT) != 0);
    row->quorum_override = yesno(flags, MEETING_OVERRIDE, MEETING_OVERRIDE_YES);
    row->census = yesno(flags, MEETING_CENSUS, MEETING_CENSUS_YES);
    get_children(packed, row);
    uint64_t count = get_number(packed);
    packed->failed = packed->failed || count > PACKED_INVITED;
    packed->invited = packed->failed ? 0 : (size_t)count;
    row->invited_count = packed->invited;
    return !packed->failed;
}

static void get_record(struct packed *packed, unsigned flags, struct store_recorded *record)
{
    *record = (struct store_recorded){.given = (flags & RECORD_GIVEN) != 0};
    packed->failed = packed->failed || (!record->given && (flags & RECORD_RECEIVED) != 0);
    if (record->given) {
        record->seq = get_seq(packed, packed->seq);
        record->status = get_code(packed, &attendances);
        record->report = get_code(packed, &reports);
        record->report_received_at = get_time(packed, (flags & RECORD_RECEIVED) != 0);
    }
}

bool packed_next(struct packed *packed, struct store_invited *row, uint64_t *party)
{
    if (packed->failed || packed->invited == 0) {
        return false;
    }
    packed->invited--;
    *party = get_number(packed);
    row->seq = get_seq(packed, packed->seq);
    uint64_t all = get_number(packed);
    unsigned flags = (unsigned)(all & INVITED_FLAGS);
    unsigned own = flags >> RECORD_BITS;
    const unsigned only_own = RECORD_SAME | RECORD_SAME << (2 * RECORD_BITS);
    packed->failed = packed->failed || all != flags || (flags & only_own) != 0;
    row->active_interest = (flags & INVITED_INTEREST) != 0;
    row->expected_to = get_code(packed, &expectations);
    row->invited_at = get_time(packed, (flags & INVITED_AT) != 0);
    get_record(packed, flags, &row->council);
    get_record(packed, own, &row->own);
    if ((own & RECORD_SAME) != 0) {
        packed->failed = packed->failed || row->own.given || !row->council.given;
        row->own = row->council;
    }
    get_record(packed, flags >> (2 * RECORD_BITS), &row->ruling);
    return !packed->failed;
}

bool packed_done(const struct packed *packed)
{
    return !packed->failed && packed->invited == 0 && packed->left == 0;
}
