/*
 * Wakes purser-jobs after a commit: one datagram to its unix socket, without
 * blocking.  When a datagram is lost, purser-jobs finds the work at its next poll.
 */
#ifndef PURSER_BASE_WAKE_JOBS_H
#define PURSER_BASE_WAKE_JOBS_H

#include <stdbool.h>
#include <stdint.h>

void wake_jobs(const char *path);

/*
 * For purser-jobs.  wake_jobs_open() returns the socket (unix_socket_bind), or -1 and errno.
 * wake_jobs_wait() waits up to timeout_ms and reads all pending datagrams; true = there was one.
 */
int wake_jobs_open(const char *path);
bool wake_jobs_wait(int fd, int64_t timeout_ms);

#endif
