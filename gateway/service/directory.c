#include "gateway/service/directory.h"

#include <stdlib.h>
#include <string.h>

static int compare_id(const void *id, const void *agency)
{
    return strcmp((const char *)id, ((const struct agency *)agency)->id);
}

const struct agency *directory_agency(const struct directory *directory, const char *id)
{
    if (directory->agency_count == 0) {
        return NULL;
    }
    return (const struct agency *)bsearch(id, directory->agencies, directory->agency_count,
                                          sizeof *directory->agencies, compare_id);
}

static const struct agency lscb = {
    .id = MUSTER_LSCB,
    .name = "Local Safeguarding Children Board",
    .kind = MUSTER_LSCB,
    .quorum_group = MUSTER_LSCB,
    .section11_type = "",
    .may_submit = 1u << MUSTER_KIND_ESCALATION_CLOSURE | 1u << MUSTER_KIND_DISPUTE_RULING,
    .is_lscb = true,
};

const struct agency *directory_sender(const struct directory *directory, const char *id)
{
    return strcmp(id, lscb.id) == 0 ? &lscb : directory_agency(directory, id);
}

const struct agency *directory_caller_sender(const struct caller *caller)
{
    return caller->role == RIGHTS_ROLE_LSCB ? &lscb : caller->agency;
}

bool directory_submits_for(const struct agency *agency, const char *for_agency)
{
    if (strcmp(agency->id, for_agency) == 0) {
        return true;
    }
    for (size_t i = 0; i < agency->submits_for_count; i++) {
        if (strcmp(agency->submits_for[i], for_agency) == 0) {
            return true;
        }
    }
    return false;
}

const char *directory_caller(const struct directory *directory, const char *const *names,
                             size_t count, struct caller *out)
{
    static const char agency_prefix[] = "urn:muster:agency:";
    static const char role_prefix[] = "urn:muster:role:";
    struct caller caller = {.agency = NULL};
    bool has_role = false;
    bool has_agency = false;
    for (size_t i = 0; i < count; i++) {
        const char *name = names[i];
        if (strncmp(name, agency_prefix, sizeof agency_prefix - 1) == 0) {
            if (has_agency) {
                return "peer.two_names";
            }
            has_agency = true;
            caller.agency = directory_agency(directory, name + sizeof agency_prefix - 1);
        } else if (strncmp(name, role_prefix, sizeof role_prefix - 1) == 0) {
            if (has_role) {
                return "peer.two_names";
            }
            has_role = true;
            if (!rights_role_of(name + sizeof role_prefix - 1, &caller.role)) {
                return "peer.unknown_role";
            }
        }
    }
    if (has_agency && caller.agency == NULL) {
        return "peer.unknown_agency";
    }
    if (!has_role || (caller.role == RIGHTS_ROLE_SUBMITTER) != has_agency) {
        return "peer.no_name";
    }
    *out = caller;
    return NULL;
}
