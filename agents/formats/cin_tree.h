/* Which elements a CIN census return has, and the child that is being put together from them. Knows
 * no XML parser. */
#ifndef MUSTER_FORMATS_CIN_TREE_H
#define MUSTER_FORMATS_CIN_TREE_H

#include <muster/status.h>

#include "agents/formats/cin.h"
#include "core/base/arena.h"

enum cin_group {
    CIN_GROUP_MESSAGE,
    CIN_GROUP_HEADER,
    CIN_GROUP_COLLECTION,
    CIN_GROUP_CHILDREN,
    CIN_GROUP_CHILD,
    CIN_GROUP_IDENTIFIERS,
    CIN_GROUP_CHARACTERISTICS,
    CIN_GROUP_EPISODE,
    CIN_GROUP_ENQUIRY,
    CIN_GROUP_PLAN,
    CIN_GROUP_VALUE,   /* no group: text that is kept */
    CIN_GROUP_SKIPPED, /* known, of no use here */
};

struct cin_element {
    enum cin_group parent;
    const char *name;
    enum cin_group group;
    size_t offset; /* of a value: in the structure its parent stands for */
};

/* NULL where the parent has no such element. */
const struct cin_element *cin_element_find(enum cin_group parent, const char *name);

/* {0} at the start of a file. */
struct cin_tree {
    struct cin_return header;
    struct cin_child child;
    bool in_child;
    struct cin_episode *episode; /* the one being read; NULL outside */
    struct cin_section47 *enquiry;
    struct cin_plan *plan;
};

/* An element that opens a group. MUSTER_ENOMEM, or MUSTER_ETOOBIG beyond CIN_EPISODES or
 * CIN_GROUPS. Memory of a child comes from `arena`, which the caller resets before each child. */
enum muster_status cin_tree_enter(struct cin_tree *tree, enum cin_group group, size_t line,
                                  struct arena *arena) MUSTER_MUST_CHECK;
void cin_tree_leave(struct cin_tree *tree, enum cin_group group);
/* An element whose content is of no use, but that it is there. */
void cin_tree_skip(struct cin_tree *tree, const struct cin_element *element);
/* Where the text of a value goes. */
const char **cin_tree_slot(struct cin_tree *tree, const struct cin_element *element);

bool cin_tree_in_child(const struct cin_tree *tree);
/* Whether the plan being read starts on the same day as an earlier one of the episode. */
bool cin_tree_plan_repeated(const struct cin_tree *tree);

#endif
