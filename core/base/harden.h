/* What a process that holds personal data does first. */
#ifndef MUSTER_BASE_HARDEN_H
#define MUSTER_BASE_HARDEN_H

/* No core dump, no ptrace by others (PR_SET_DUMPABLE 0), umask 077, SIGPIPE ignored. Only the
 * environment MUSTER_ALLOW_CORE=1, for the test that searches a core, leaves dumps on. */
void muster_harden(void);

#endif
