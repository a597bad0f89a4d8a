/* Which secret keys may be used: whose each is, by Stripe, and should be, by the database. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/json/json.h"
#include "core/process/key_check.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"

/* How often the thread looks for a check that is due; the files are read once a second. */
#define STEP_MS 500
/* A confirmed key is compared again, since an operator may give the name another account. */
#define CONFIRMED_MS 15000
/* A refused one as well, and the row of its name may be made; without a call of Stripe. */
#define REFUSED_MS 1000
/* While Stripe does not say whose a key is, doubled each time up to 2^5. */
#define UNKNOWN_MS 1000
#define UNKNOWN_DOUBLINGS 5
#define START_WAIT_MS 2000
#define STOP_WAIT_MS 1000
/* --check-conf is part of each start. */
#define PRINT_WAIT_MS 3000
#define PRINTED_MS 3600000

static const struct db_stmt check_stmt = { "core.stripe_key_check",
	"select stripe_id, mistake from core.stripe_key_check($1, $2, $3, $4)", 4, 0 };
static const struct db_stmt mistake_stmt = { "core.stripe_key_mistake",
	"select core.stripe_key_mistake($1, $2) as mistake", 2, 0 };
const struct db_stmt *const key_check_stmts[] = { &check_stmt, &mistake_stmt, NULL };

/* One process checks its keys once. */
static struct {
	const struct conf *conf;
	struct db *db;
	pthread_t thread;
	sem_t checked; /* at the start: of all keys it is known whose they are */
	sem_t ends;
	atomic_bool ending;
	bool started;
} own;

/* --- one key ------------------------------------------------------------------------ */

/* Asks Stripe whose the key is; NULL, or why that is not known. */
static const char *
learn(const struct conf *conf, struct arena *arena, int64_t wait_ms,
    struct credentials_check *check)
{
	struct stripe_reply reply;
	struct stripe stripe;

	stripe_init(&stripe, conf, NULL, arena, NULL);
	stripe.secret_key = check->secret_key;
	stripe.deadline_ms = clock_monotonic_ms() + wait_ms;
	if (stripe_own_account_get(&stripe, &reply) == STRIPE_OK) {
		check->stripe_id = json_text(json_get(reply.object, "id"));
		return NULL;
	}
	if (reply.status == 401)
		return "Stripe does not accept it (401): put a valid key into its file";
	if (reply.result == STRIPE_RIGHTS)
		return arena_printf(arena,
		    "it may not read its own account (%d): a restricted key needs the permission "
		    "connected_account_read",
		    reply.status);
	return arena_printf(arena, "Stripe did not say whose it is: %s; it is asked again",
	    reply.message);
}

/* Asks the database about the key; NULL = no answer. */
static const struct db_rows *
compare(struct db *db, struct arena *arena, const struct db_stmt *stmt,
    const struct db_param *params)
{
	const struct db_step step = { .stmt = stmt, .params = params };
	struct db_rows *rows = arena_alloc(arena, sizeof(*rows));
	struct db_error error;

	return db_run(db, arena, &step, 1, db_deadline_ms(db), rows, &error) == DB_OK ? rows : NULL;
}

/* When the next check is due. */
static int64_t
next_ms(const struct credentials_check *check, const char *wrong)
{
	int doublings = check->unknown < UNKNOWN_DOUBLINGS ? check->unknown : UNKNOWN_DOUBLINGS;

	if (wrong == NULL)
		return CONFIRMED_MS;
	return check->stripe_id != NULL ? REFUSED_MS : (int64_t)UNKNOWN_MS << doublings;
}

static void
check_key(struct arena *arena, struct credentials_check *check)
{
	struct credentials_store *store = own.conf->credentials;
	const char *wrong = NULL, *bound_id = NULL;
	const struct db_rows *rows;

	if (check->stripe_id == NULL)
		wrong = learn(own.conf, arena, own.conf->stripe_deadline_ms, check);
	rows = compare(own.db, arena, &check_stmt,
	    DB_PARAMS(db_text(check->account), db_text(credentials_mode(check->secret_key)),
		db_text(check->stripe_id), db_text(wrong)));
	if (rows != NULL)
		bound_id = db_value(rows, 0, "stripe_id");
	if (wrong == NULL)
		wrong = rows == NULL ? "the database did not say whose it should be" :
				       db_value(rows, 0, "mistake");
	if (!credentials_check_done(store, check, wrong, bound_id, next_ms(check, wrong)))
		return;
	if (wrong == NULL)
		log_event(LOG_LEVEL_INFO, NULL, "key of Stripe confirmed", "stripe_account",
		    check->account, "at_stripe", check->stripe_id, NULL);
	else /* an error is a key of another account; what else there is may pass by itself */
		log_event(bound_id != NULL && check->stripe_id != NULL ? LOG_LEVEL_ERROR :
									 LOG_LEVEL_WARN,
		    NULL, "key of Stripe not used, one that was confirmed stays in use",
		    "stripe_account", check->account, "error", wrong, NULL);
}

/* --- the thread ----------------------------------------------------------------------- */

/* False = the time is over. */
static bool
wait_for(sem_t *semaphore, int64_t ms)
{
	struct timespec until = clock_monotonic_after(ms);

	while (sem_clockwait(semaphore, CLOCK_MONOTONIC, &until) != 0) {
		if (errno == ETIMEDOUT)
			return false;
	}
	return true;
}

/* The checks that are due; false = of a key it is still not known whose it is. */
static bool
check_due(struct arena *arena)
{
	struct credentials_check check;
	bool known = true;

	while (!atomic_load(&own.ending) && credentials_check_next(own.conf->credentials, &check)) {
		check_key(arena, &check);
		known = known && check.stripe_id != NULL;
		arena_reset(arena);
	}
	return known;
}

static void *
check_always(void *argument)
{
	struct arena arena;

	(void)argument;
	arena_init(&arena);
	while (!check_due(&arena) && !wait_for(&own.ends, UNKNOWN_MS))
		;
	sem_post(&own.checked);
	while (!atomic_load(&own.ending) && !wait_for(&own.ends, STEP_MS))
		(void)check_due(&arena);
	arena_release(&arena);
	return NULL;
}

void
key_check_start(const struct conf *conf, struct db *db)
{
	own.conf = conf;
	own.db = db;
	CHECK(sem_init(&own.checked, 0, 0) == 0 && sem_init(&own.ends, 0, 0) == 0);
	CHECK(pthread_create(&own.thread, NULL, check_always, NULL) == 0);
	own.started = true;
	(void)wait_for(&own.checked, START_WAIT_MS);
}

bool
key_check_stop(void)
{
	struct timespec until = clock_monotonic_after(STOP_WAIT_MS);

	if (!own.started)
		return true;
	atomic_store(&own.ending, true);
	sem_post(&own.ends);
	return pthread_clockjoin_np(own.thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

/* --- --check-conf ----------------------------------------------------------------------- */

void
key_check_print(const struct conf *conf, struct db *db)
{
	int64_t until_ms = clock_monotonic_ms() + PRINT_WAIT_MS;
	struct credentials_check check;
	struct arena arena;

	http_init();
	arena_init(&arena);
	while (credentials_check_next(conf->credentials, &check)) {
		const char *wrong = learn(conf, &arena, clock_left_ms(until_ms), &check);
		const struct db_rows *rows = wrong != NULL ?
		    NULL :
		    compare(db, &arena, &mistake_stmt,
			DB_PARAMS(db_text(check.account), db_text(check.stripe_id)));

		if (rows != NULL)
			wrong = db_value(rows, 0, "mistake");
		if (wrong != NULL)
			printf("note: the key of the Stripe account %s is not used: %s\n",
			    check.account, wrong);
		(void)credentials_check_done(conf->credentials, &check, "printed", NULL,
		    PRINTED_MS);
		arena_reset(&arena);
	}
	arena_release(&arena);
}
