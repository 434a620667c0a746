#include "core/domain/intake.h"

enum intake_decision intake_decide(const struct intake_facts *facts)
{
    /* What was accepted once keeps its outcome for years, whatever the rules have become since. */
    if (facts->same_version && facts->same_content) {
        return INTAKE_DUPLICATE;
    }
    if (facts->refusable) {
        return INTAKE_REFUSE;
    }
    return facts->same_version ? INTAKE_CONFLICT : INTAKE_ACCEPT;
}
