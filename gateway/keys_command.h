/* musterd keys create: makes the keys of the months to come. */
#ifndef MUSTER_GATEWAY_KEYS_COMMAND_H
#define MUSTER_GATEWAY_KEYS_COMMAND_H

/* Makes the missing keys in `folder` from the present month to `through` ("2028-12"; NULL is
 * complained about). Prints what it did; returns an exit code. */
int keys_command_create(const char *folder, const char *through);

#endif
