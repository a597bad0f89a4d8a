/*
 * purser-payouts: money that goes to people, and the journal in which traders
 * note what their firms paid them.  The route table is the table of contents
 * of this folder.
 */
#include "config.h"

#include "core/web/health.h"
#include "core/web/worker.h"
#include "journal/journal.h"
#include "journal/stmt.h"
#include "payouts/payouts.h"
#include "payouts/stmt.h"

/* clang-format off */
static const struct route routes[] = {
	{ "GET",    "/v2/payouts",                SURFACE_PROP, AUTH_APP_SESSION, "reads",   0,             "payout_list",    payout_list,    NULL, 0 },
	{ "GET",    "/v2/payouts/estimate",       SURFACE_PROP, AUTH_APP_SESSION, "reads",   ROUTE_OUTSIDE, "estimate_get",   estimate_get,   NULL, 0 },
	{ "POST",   "/v2/payouts/request",        SURFACE_PROP, AUTH_APP_SESSION, "payouts", ROUTE_OUTSIDE, "payout_request", payout_request, payout_request_fields, sizeof(struct payout_request_input) },
	{ "POST",   "/v2/payouts/{id}/submit",    SURFACE_PROP, AUTH_APP_SESSION, "payouts:write", ROUTE_OUTSIDE, "payout_submit", payout_submit, NULL, 0 },
	{ "POST",   "/v2/payouts/{id}/retry",     SURFACE_PROP, AUTH_APP_SESSION, "payouts", 0,             "payout_retry",   payout_retry,   NULL, 0 },
	{ "POST",   "/v2/payouts/{id}/cancel",    SURFACE_PROP, AUTH_APP_SESSION, "payouts", 0,             "payout_cancel",  payout_cancel,  NULL, 0 },
	{ "GET",    "/api/v1/payouts",            SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_payout_list",    journal_payout_list,    NULL, 0 },
	{ "POST",   "/api/v1/payouts",            SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_payout_create",  journal_payout_create,  journal_payout_create_fields, sizeof(struct journal_payout_input) },
	{ "GET",    "/api/v1/payouts/export.csv", SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_payout_export",  journal_payout_export,  NULL, 0 },
	{ "POST",   "/api/v1/payouts/import",     SURFACE_JOURNAL, AUTH_JOURNAL, NULL, ROUTE_CSV_BODY, "journal_payout_import",  journal_payout_import,  NULL, 0 },
	{ "GET",    "/api/v1/payouts/{id}",       SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_payout_get",     journal_payout_get,     NULL, 0 },
	{ "PUT",    "/api/v1/payouts/{id}",       SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_payout_update",  journal_payout_update,  journal_payout_update_fields, sizeof(struct journal_payout_input) },
	{ "DELETE", "/api/v1/payouts/{id}",       SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_payout_delete",  journal_payout_delete,  NULL, 0 },
	{ "GET",    "/api/v1/accounts",           SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_account_list",   journal_account_list,   NULL, 0 },
	{ "POST",   "/api/v1/accounts",           SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_account_create", journal_account_create, journal_account_create_fields, sizeof(struct journal_account_input) },
	{ "GET",    "/api/v1/accounts/{id}",      SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_account_get",    journal_account_get,    NULL, 0 },
	{ "PUT",    "/api/v1/accounts/{id}",      SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_account_update", journal_account_update, journal_account_update_fields, sizeof(struct journal_account_input) },
	{ "DELETE", "/api/v1/accounts/{id}",      SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_account_delete", journal_account_delete, NULL, 0 },
	{ "GET",    "/api/v1/firms",              SURFACE_JOURNAL, AUTH_JOURNAL, NULL, 0,              "journal_firm_list",      journal_firm_list,      NULL, 0 },
	{ "GET",    "/health",                    SURFACE_PUBLIC,  AUTH_NONE,    NULL, 0,              "health_get",             health_get,             NULL, 0 },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const stmts[] = { payout_stmts, journal_stmts, NULL };

static const struct worker payouts_worker = {
	.program = "purser-payouts",
	.family = "payouts",
	.purpose =
	    "Pays traders what they have earned; keeps the journal of what their firms paid them.",
	.routes = routes,
	.stmts = stmts,
};

int
main(int argc, char **argv)
{
	return worker_main(argc, argv, &payouts_worker);
}
