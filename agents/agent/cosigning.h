/* The agent as a witness of the log. */
#ifndef MUSTER_AGENT_COSIGNING_H
#define MUSTER_AGENT_COSIGNING_H

#include "agents/agent/contact.h"

/* Asks for what is to be cosigned and hands it in, until nothing more is offered: announces the key
 * first where the gateway does not have it. What does not work now is said on standard error and
 * tried again the next time: nothing waits for it. Look at contact_caught afterwards. */
void cosigning_run(struct contact *contact);

#endif
