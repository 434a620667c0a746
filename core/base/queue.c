#include "core/base/queue.h"

#include <pthread.h>
#include <stdint.h>

#include "core/base/arena.h"

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    size_t capacity;
    size_t first;
    size_t count;
    bool closed;
    void *items[];
};

struct queue *queue_new(size_t capacity)
{
    struct queue *queue = NULL;
    if (capacity > (SIZE_MAX - sizeof *queue) / sizeof(void *)) {
        return NULL;
    }
    queue = (struct queue *)muster_alloc(sizeof *queue + capacity * sizeof(void *));
    if (queue == NULL) {
        return NULL;
    }
    queue->capacity = capacity;
    if (pthread_mutex_init(&queue->mutex, NULL) != 0) {
        muster_free(queue);
        return NULL;
    }
    if (pthread_cond_init(&queue->filled, NULL) != 0) {
        (void)pthread_mutex_destroy(&queue->mutex);
        muster_free(queue);
        return NULL;
    }
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL) {
        return;
    }
    (void)pthread_cond_destroy(&queue->filled);
    (void)pthread_mutex_destroy(&queue->mutex);
    muster_free(queue);
}

enum muster_status queue_put(struct queue *queue, void *item)
{
    enum muster_status status = MUSTER_OK;
    (void)pthread_mutex_lock(&queue->mutex);
    if (queue->closed) {
        status = MUSTER_ECLOSED;
    } else if (queue->count == queue->capacity) {
        status = MUSTER_EBUSY;
    } else {
        queue->items[(queue->first + queue->count) % queue->capacity] = item;
        queue->count++;
        (void)pthread_cond_signal(&queue->filled);
    }
    (void)pthread_mutex_unlock(&queue->mutex);
    return status;
}

size_t queue_take(struct queue *queue, void **items, size_t most)
{
    size_t taken = 0;
    (void)pthread_mutex_lock(&queue->mutex);
    while (queue->count == 0 && !queue->closed) {
        (void)pthread_cond_wait(&queue->filled, &queue->mutex);
    }
    while (taken < most && queue->count > 0) {
        items[taken++] = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
    }
    (void)pthread_mutex_unlock(&queue->mutex);
    return taken;
}

void queue_close(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    (void)pthread_cond_broadcast(&queue->filled);
    (void)pthread_mutex_unlock(&queue->mutex);
}
