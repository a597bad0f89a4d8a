/*
 * Wakes purser-jobs after a commit: one datagram to its unix socket, never
 * waiting.  A datagram that is lost costs one poll interval, nothing else.
 */
#ifndef PURSER_BASE_WAKE_JOBS_H
#define PURSER_BASE_WAKE_JOBS_H

#include <stdbool.h>
#include <stdint.h>

void wake_jobs(const char *path);

/*
 * For purser-jobs: the socket, or -1 and errno; waits up to timeout_ms, takes all
 * datagrams that are there, true when one came.
 */
int wake_jobs_open(const char *path);
bool wake_jobs_wait(int fd, int64_t timeout_ms);

#endif
