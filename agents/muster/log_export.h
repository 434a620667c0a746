/* The log as files: the C2SP tlog-tiles layout, which any such reader can check without Muster. */
#ifndef MUSTER_LOG_EXPORT_H
#define MUSTER_LOG_EXPORT_H

#include "agents/client/session.h"

struct log_exported {
    uint64_t size;
    bool entries; /* the entries themselves stand there too */
};

/* Writes tile/<level>/<n>, tile/entries/<n> where `how` asks for leaves, and, after everything has
 * been recomputed, checkpoint: an export without that file is not finished. Files 0600, folders
 * 0700. MUSTER_EEXISTS: `folder` has an export already. Statuses of log_walk, MUSTER_EIO. */
enum muster_status log_export(struct session *session, const struct codec_log_read *how,
                              const char *folder, struct log_exported *out,
                              struct muster_err *e) MUSTER_MUST_CHECK;

#endif
