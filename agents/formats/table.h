/* Reads CSV files: our own kinds of record, one a row, and hands Annex A lists to annex_a. */
#ifndef MUSTER_FORMATS_TABLE_H
#define MUSTER_FORMATS_TABLE_H

#include "agents/formats/reading.h"

enum muster_status table_read(const struct reading *reading) MUSTER_MUST_CHECK;

#endif
