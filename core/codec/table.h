/* The table of a report: struct codec_table <-> message Table. Internal to core/codec. */
#ifndef MUSTER_CODEC_TABLE_H
#define MUSTER_CODEC_TABLE_H

#include <muster/v1/exchange.pb-c.h>

#include <core/codec/reply.h>

/* *out borrows the text of `table`; what it needs beside lies in `arena`. Every row has as many
 * cells as there are columns. */
enum muster_status codec_table_take(const Muster__V1__Table *table, struct arena *arena,
                                    struct codec_table *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* Fills *out, which was initialised; it borrows the text of `table` and lies in `arena`. */
enum muster_status codec_table_lend(const struct codec_table *table, struct arena *arena,
                                    Muster__V1__Table *out, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
