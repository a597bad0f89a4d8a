/* GET /health: this worker answers and its database does too. */
#ifndef PURSER_WEB_HEALTH_H
#define PURSER_WEB_HEALTH_H

#include "core/db/db.h"

struct req;

extern const struct db_stmt health_stmts[];

int health_get(struct req *req);

#endif
