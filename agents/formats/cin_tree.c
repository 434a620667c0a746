#include "agents/formats/cin_tree.h"

#include <string.h>

#define VALUE(parent, name, type, member)                                        \
    {                                                                            \
        CIN_GROUP_##parent, name, CIN_GROUP_VALUE, offsetof(struct type, member) \
    }
#define GROUP(parent, name, group)                     \
    {                                                  \
        CIN_GROUP_##parent, name, CIN_GROUP_##group, 0 \
    }
#define SKIP(parent, name)                             \
    {                                                  \
        CIN_GROUP_##parent, name, CIN_GROUP_SKIPPED, 0 \
    }

/* The element of an episode whose presence alone counts. */
#define NAME_ASSESSMENTS "Assessments"

static const struct cin_element elements[] = {
    GROUP(MESSAGE, "Header", HEADER),
    GROUP(MESSAGE, "Children", CHILDREN),
    GROUP(HEADER, "CollectionDetails", COLLECTION),
    SKIP(HEADER, "Source"),
    SKIP(HEADER, "Content"),
    VALUE(COLLECTION, "Collection", cin_return, collection),
    VALUE(COLLECTION, "Year", cin_return, year),
    VALUE(COLLECTION, "ReferenceDate", cin_return, reference_date),
    GROUP(CHILDREN, "Child", CHILD),
    GROUP(CHILD, "ChildIdentifiers", IDENTIFIERS),
    GROUP(CHILD, "ChildCharacteristics", CHARACTERISTICS),
    GROUP(CHILD, "CINdetails", EPISODE),
    VALUE(IDENTIFIERS, "LAchildID", cin_child, id),
    VALUE(IDENTIFIERS, "UPN", cin_child, upn),
    SKIP(IDENTIFIERS, "FormerUPN"),
    VALUE(IDENTIFIERS, "UPNunknown", cin_child, upn_unknown),
    VALUE(IDENTIFIERS, "PersonBirthDate", cin_child, born),
    VALUE(IDENTIFIERS, "ExpectedPersonBirthDate", cin_child, expected),
    VALUE(IDENTIFIERS, "Sex", cin_child, sex),
    VALUE(IDENTIFIERS, "GenderCurrent", cin_child, gender),
    VALUE(IDENTIFIERS, "PersonDeathDate", cin_child, died),
    VALUE(CHARACTERISTICS, "Ethnicity", cin_child, ethnicity),
    SKIP(CHARACTERISTICS, "Disabilities"),
    VALUE(EPISODE, "CINreferralDate", cin_episode, referred),
    VALUE(EPISODE, "ReferralSource", cin_episode, source),
    VALUE(EPISODE, "PrimaryNeedCode", cin_episode, need),
    VALUE(EPISODE, "CINclosureDate", cin_episode, closed),
    VALUE(EPISODE, "ReasonForClosure", cin_episode, closure_reason),
    VALUE(EPISODE, "DateOfInitialCPC", cin_episode, conference),
    VALUE(EPISODE, "ReferralNFA", cin_episode, nfa),
    SKIP(EPISODE, NAME_ASSESSMENTS),
    SKIP(EPISODE, "CINPlanDates"),
    GROUP(EPISODE, "Section47", ENQUIRY),
    GROUP(EPISODE, "ChildProtectionPlans", PLAN),
    VALUE(ENQUIRY, "S47ActualStartDate", cin_section47, started),
    SKIP(ENQUIRY, "InitialCPCtarget"),
    VALUE(ENQUIRY, "DateOfInitialCPC", cin_section47, conference),
    VALUE(ENQUIRY, "ICPCnotRequired", cin_section47, not_required),
    VALUE(PLAN, "CPPstartDate", cin_plan, started),
    SKIP(PLAN, "CPPendDate"),
    SKIP(PLAN, "InitialCategoryOfAbuse"),
    SKIP(PLAN, "LatestCategoryOfAbuse"),
    SKIP(PLAN, "NumberOfPreviousCPP"),
    SKIP(PLAN, "Reviews"),
};

const struct cin_element *cin_element_find(enum cin_group parent, const char *name)
{
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
        if (elements[i].parent == parent && strcmp(elements[i].name, name) == 0) {
            return &elements[i];
        }
    }
    return NULL;
}

/* Lists are kept in the file's order; they are short (CIN_EPISODES, CIN_GROUPS). */
static enum muster_status add_episode(struct cin_tree *tree, size_t line, struct arena *arena)
{
    struct cin_episode **end = &tree->child.episodes;
    if (tree->child.episode_count == CIN_EPISODES) {
        return MUSTER_ETOOBIG;
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = (struct cin_episode *)arena_alloc(arena, sizeof **end);
    tree->episode = *end;
    if (*end == NULL) {
        return MUSTER_ENOMEM;
    }
    tree->child.episode_count++;
    (*end)->line = line;
    return MUSTER_OK;
}

static enum muster_status add_enquiry(struct cin_tree *tree, size_t line, struct arena *arena)
{
    struct cin_section47 **end = &tree->episode->enquiries;
    if (tree->episode->enquiry_count == CIN_GROUPS) {
        return MUSTER_ETOOBIG;
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = (struct cin_section47 *)arena_alloc(arena, sizeof **end);
    tree->enquiry = *end;
    if (*end == NULL) {
        return MUSTER_ENOMEM;
    }
    tree->episode->enquiry_count++;
    (*end)->line = line;
    return MUSTER_OK;
}

static enum muster_status add_plan(struct cin_tree *tree, struct arena *arena)
{
    struct cin_plan *plan = (struct cin_plan *)arena_alloc(arena, sizeof *plan);
    if (tree->episode->plan_count == CIN_GROUPS) {
        return MUSTER_ETOOBIG;
    }
    if (plan == NULL) {
        return MUSTER_ENOMEM;
    }
    plan->next = tree->episode->plans;
    tree->episode->plans = plan;
    tree->episode->plan_count++;
    tree->plan = plan;
    return MUSTER_OK;
}

enum muster_status cin_tree_enter(struct cin_tree *tree, enum cin_group group, size_t line,
                                  struct arena *arena)
{
    switch (group) {
    case CIN_GROUP_CHILD:
        memset(&tree->child, 0, sizeof tree->child);
        tree->child.line = line;
        tree->in_child = true;
        return MUSTER_OK;
    case CIN_GROUP_EPISODE:
        return add_episode(tree, line, arena);
    case CIN_GROUP_ENQUIRY:
        return add_enquiry(tree, line, arena);
    case CIN_GROUP_PLAN:
        return add_plan(tree, arena);
    case CIN_GROUP_MESSAGE:
    case CIN_GROUP_HEADER:
    case CIN_GROUP_COLLECTION:
    case CIN_GROUP_CHILDREN:
    case CIN_GROUP_IDENTIFIERS:
    case CIN_GROUP_CHARACTERISTICS:
    case CIN_GROUP_VALUE:
    case CIN_GROUP_SKIPPED:
        return MUSTER_OK;
    }
    return MUSTER_OK;
}

void cin_tree_leave(struct cin_tree *tree, enum cin_group group)
{
    if (group == CIN_GROUP_CHILD) {
        tree->in_child = false;
        memset(&tree->child, 0, sizeof tree->child);
        tree->episode = NULL;
    }
}

void cin_tree_skip(struct cin_tree *tree, const struct cin_element *element)
{
    if (element->parent == CIN_GROUP_EPISODE && strcmp(element->name, NAME_ASSESSMENTS) == 0) {
        tree->episode->assessed = true;
    }
}

static void *owner_of(struct cin_tree *tree, enum cin_group parent)
{
    switch (parent) {
    case CIN_GROUP_COLLECTION:
        return &tree->header;
    case CIN_GROUP_EPISODE:
        return tree->episode;
    case CIN_GROUP_ENQUIRY:
        return tree->enquiry;
    case CIN_GROUP_PLAN:
        return tree->plan;
    case CIN_GROUP_MESSAGE:
    case CIN_GROUP_HEADER:
    case CIN_GROUP_CHILDREN:
    case CIN_GROUP_CHILD:
    case CIN_GROUP_IDENTIFIERS:
    case CIN_GROUP_CHARACTERISTICS:
    case CIN_GROUP_VALUE:
    case CIN_GROUP_SKIPPED:
        return &tree->child;
    }
    return &tree->child;
}

const char **cin_tree_slot(struct cin_tree *tree, const struct cin_element *element)
{
    return (const char **)(void *)((char *)owner_of(tree, element->parent) + element->offset);
}

bool cin_tree_in_child(const struct cin_tree *tree)
{
    return tree->in_child;
}

bool cin_tree_plan_repeated(const struct cin_tree *tree)
{
    const struct cin_plan *plan = tree->episode->plans; /* the newest first */
    for (const struct cin_plan *at = plan->next; at != NULL; at = at->next) {
        if (plan->started != NULL && at->started != NULL &&
            strcmp(plan->started, at->started) == 0) {
            return true;
        }
    }
    return false;
}
