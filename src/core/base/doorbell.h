/*
 * Wakes purser-jobs after a commit: one datagram to its unix socket, never
 * waiting.  A ring that is lost costs one poll interval, nothing else.
 */
#ifndef PURSER_BASE_DOORBELL_H
#define PURSER_BASE_DOORBELL_H

#include <stdbool.h>
#include <stdint.h>

void doorbell_ring(const char *path);

/*
 * For purser-jobs: the socket, or -1 and errno; waits up to timeout_ms, swallows all
 * rings, true when one came.
 */
int doorbell_open(const char *path);
bool doorbell_wait(int fd, int64_t timeout_ms);

#endif
