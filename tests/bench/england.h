/* Meetings of a generated England: 150 councils with five partners each, and what was recorded of
 * every invitation. The same number gives the same meeting in every run and in every store,
 * whatever its years: the last year of ten is the year of one. Volumes: docs of the Department for
 * Education as the reference counts them, 80,000 initial conferences, 200,000 strategy discussions
 * and 180,000 reviews a year, five invitations each; shares of statuses are invented. */
#ifndef MUSTER_BENCH_ENGLAND_H
#define MUSTER_BENCH_ENGLAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/time.h>

#include "core/domain/attendance.h"

#define ENGLAND_COUNCILS 150u
#define ENGLAND_SEATS    6u /* the council itself and its five partners */
#define ENGLAND_AGENCIES (ENGLAND_COUNCILS * ENGLAND_SEATS)
#define ENGLAND_INVITED  6u
#define ENGLAND_ID_BYTES 32u

/* The whole of it; the everyday run takes a tenth. */
#define ENGLAND_MEETINGS_A_YEAR 460000u

struct england_recorded {
    bool given;
    enum attendance_status status;
    enum attendance_report report;
};

struct england_invited {
    unsigned seat; /* 0: the council itself */
    bool active_interest;
    enum attendance_expectation expected_to;
    bool has_invited_at;
    struct muster_utc invited_at;
    struct england_recorded council;
    struct england_recorded own; /* not of the council itself */
};

struct england_meeting {
    unsigned council;
    char id[ENGLAND_ID_BYTES];
    enum meeting_type type;
    bool held; /* else cancelled */
    struct muster_utc scheduled_at;
    struct muster_utc held_at;
    struct england_invited invited[ENGLAND_INVITED];
    size_t invited_count;
};

/* The last instant: the end of the year that the questions are about. */
struct muster_utc england_end(void);

/* Meeting `number`, counted back from the end, of so many a year. */
void england_meeting(uint64_t number, unsigned meetings_a_year, struct england_meeting *out);

/* "la-017", "la-017-police"; the agencies are numbered council * ENGLAND_SEATS + seat. */
void england_agency(unsigned agency, char out[ENGLAND_ID_BYTES]);
const char *england_role(unsigned seat);

const char *england_type(enum meeting_type type);
const char *england_status(enum attendance_status status);
const char *england_report(enum attendance_report report);
const char *england_expectation(enum attendance_expectation expectation);

#endif
