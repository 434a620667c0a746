#include "core/wire/refusal.h"

const char *wire_refusal_code(enum wire_refusal refusal)
{
    switch (refusal) {
#define X(value, code) \
    case value:        \
        return code;
        WIRE_REFUSAL_MAP(X)
#undef X
    case WIRE_FINE:
    case WIRE_REFUSALS:
        break;
    }
    return "fine";
}
