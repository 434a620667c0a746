/* A bounded queue of pointers between threads. A successful put hands ownership over. */
#ifndef MUSTER_BASE_QUEUE_H
#define MUSTER_BASE_QUEUE_H

#include <stddef.h>

#include <muster/status.h>

struct queue;

/* A queue of at most `capacity` items; NULL when out of memory. */
struct queue *queue_new(size_t capacity);
/* Must be empty, with nobody waiting. Accepts NULL. */
void queue_free(struct queue *queue);

/* Never blocks: MUSTER_EBUSY when full, MUSTER_ECLOSED after queue_close; the caller keeps `item`.
 */
enum muster_status queue_put(struct queue *queue, void *item) MUSTER_MUST_CHECK;

/* Waits for at least one item, then takes all there are, at most `most`, in order. Returns how
 * many; 0 only when the queue is closed and empty. */
size_t queue_take(struct queue *queue, void **items, size_t most);

/* No further puts; takers drain what is left and then get 0. */
void queue_close(struct queue *queue);

#endif
