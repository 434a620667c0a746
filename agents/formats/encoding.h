/* Brings the bytes of an export to UTF-8. */
#ifndef MUSTER_FORMATS_ENCODING_H
#define MUSTER_FORMATS_ENCODING_H

#include "agents/formats/reading.h"

/* Sets reading->text and reading->len to `bytes` as UTF-8: without a byte order mark; where they
 * are not UTF-8, converted from Windows-1252, with a note. Refuses the file where they are UTF-16,
 * contain NUL or fit neither encoding.
 *
 * *converted is NULL where `bytes` could be used as they are, and they must outlive the reading;
 * else it is the text, which the caller wipes and releases with muster_free. */
enum muster_status encoding_to_utf8(struct reading *reading, const char *bytes, size_t len,
                                    char **converted) MUSTER_MUST_CHECK;

#endif
