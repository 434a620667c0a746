/* Reads the DfE's children in need census as XML, of any year: elements that are not known are
 * skipped with a note, text between elements is ignored with a note, and a document type
 * declaration, which no return has, is refused together with every entity it could define. */
#ifndef MUSTER_FORMATS_XML_CIN_H
#define MUSTER_FORMATS_XML_CIN_H

#include "agents/formats/reading.h"

#define CIN_DEPTH       32u             /* elements within elements */
#define CIN_VALUE_BYTES 4096u           /* text of one element */
#define CIN_TOKEN_BYTES (1024u * 1024u) /* one tag or comment */
#define CIN_NOTES       1000u           /* notes of one file; the rest is not said */

enum muster_status xml_cin_read(const struct reading *reading) MUSTER_MUST_CHECK;

#endif
