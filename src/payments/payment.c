#include "config.h"

#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/payments.h"
#include "payments/stmt.h"
#include "payments/view.h"

/* GET /v2/payments/{payment_id} */
int
payment_get(struct req *req)
{
	const struct db_rows *payment = call_read_one(req, &payments_stmts[STMT_PAYMENT_GET],
	    DB_PARAMS(db_text(req_param(req, 0))));

	if (payment == NULL)
		return req->status;
	return reply_row(req, 200, payment_view, payment);
}
