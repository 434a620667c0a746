#include "core/domain/rag.h"

#include <stdbool.h>
#include <stddef.h>

static bool reaches(struct rag_share share, int percent)
{
    return share.numerator * 100 >= share.denominator * percent;
}

enum rag rag_decide(const struct rag_rule *rule, struct rag_share share, struct rag_share recorded)
{
    if (rule->set_by == NULL) {
        return RAG_NOT_SET;
    }
    if (share.denominator <= 0 || share.denominator < rule->minimum_count) {
        return RAG_TOO_FEW;
    }
    if (!reaches(recorded, rule->recorded_share)) {
        return RAG_TOO_LITTLE_RECORDED;
    }
    if (reaches(share, rule->green)) {
        return RAG_GREEN;
    }
    return reaches(share, rule->amber) ? RAG_AMBER : RAG_RED;
}

const char *rag_text(enum rag rag)
{
    switch (rag) {
    case RAG_GREEN:
        return "green";
    case RAG_AMBER:
        return "amber";
    case RAG_RED:
        return "red";
    case RAG_NOT_SET:
        return "not set";
    case RAG_TOO_FEW:
        return "too few";
    case RAG_TOO_LITTLE_RECORDED:
        return "too little recorded";
    }
    return "not set";
}
