/* What an agent keeps and says when the gateway's log has contradicted itself. */
#ifndef MUSTER_AGENT_EVIDENCE_H
#define MUSTER_AGENT_EVIDENCE_H

#include "agents/client/settings.h"
#include "agents/client/witness.h"

/* Writes both checkpoints, the proof between them and a report into <outbox>.evidence/, each file's
 * name beginning with the time, and one paragraph to standard error. Returns the exit code: 1, or 3
 * where the files could not be written. */
int evidence_keep(const struct settings *settings, const struct tlog_key *log_key,
                  const struct witness_caught *caught);

#endif
