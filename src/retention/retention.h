/* Module retention: deletes rows that are no longer needed. */
#ifndef PURSER_RETENTION_RETENTION_H
#define PURSER_RETENTION_RETENTION_H

#include <stdbool.h>

#include "core/db/db.h"

struct job;

extern const struct module retention_module;

extern const struct db_stmt *const retention_prune_job_stmts[];
bool retention_prune_job(struct job *job);

#endif
