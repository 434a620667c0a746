/* A report's function over a store that a test has filled, without gateway, rights or log. Five
 * agencies are configured: council and county, which may convene, health, police and school. Roles
 * social_worker, officer and nurse are of the three groups that are always expected. */
#ifndef MUSTER_TEST_REPORT_WORLD_H
#define MUSTER_TEST_REPORT_WORLD_H

#include "core/base/buffer.h"
#include "gateway/service/report.h"
#include "tests/unit/gateway/store/store_world.h"

#define REPORT_WORLD_FIRST_DAY 20454 /* 2026-01-01; the holidays known are of 2026 */

/* Appends the table as CSV without its header, as the LSCB sees it; `period` NULL: not dated. Fails
 * the test where the report does. */
void report_world_ask(struct world *world, report_fn *run, const struct codec_query *query,
                      const struct period *period, struct buffer *out);

#endif
