#include "core/wire/line.h"

static void describe_refusal(const struct secure_report *report, struct muster_err *out)
{
    const char *reason = report->reason == NULL ? "no reason given" : report->reason;
    if (report->stage == SECURE_REFUSED_BY_PEER) {
        muster_fail(out, MUSTER_EAUTH, "the gateway refuses this certificate (%s)", reason);
    } else {
        muster_fail(out, MUSTER_EAUTH, "the gateway could not be authenticated: %s (%s)",
                    wire_refusal_code(report->refusal), reason);
    }
}

void line_describe(const struct secure_report *report, bool open, struct muster_err *out)
{
    if (report->stage == SECURE_REFUSED_BY_PEER || report->stage == SECURE_REFUSED_PEER) {
        describe_refusal(report, out);
    } else if (open) {
        muster_fail(out, MUSTER_ECLOSED, "the connection to the gateway was lost");
    } else if (report->finished) {
        muster_fail(out, MUSTER_EAUTH,
                    "the gateway closed the connection instead of greeting: it does not accept "
                    "this certificate, or has no room; its log says which");
    } else {
        muster_fail(out, MUSTER_ECLOSED, "the gateway closed the connection during the handshake");
    }
}
