/*
 * Stripe calls as typed functions over one client.  Every request carries the
 * pinned version; every POST an idempotency key made from one of our rows that
 * was committed before.  Attempts are repeated by the rule of Stripe's own SDK
 * within a total deadline.
 */
#ifndef PURSER_STRIPE_STRIPE_H
#define PURSER_STRIPE_STRIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct conf;
struct json;

#define STRIPE_VERSION "2026-10-28.endive"

enum stripe_result {
	STRIPE_OK,
	/* Stripe said no, for good: nothing moved, the same request will be refused again */
	STRIPE_REFUSED,
	/* silence, 401, 403, 409, 429, 5xx, unreadable: keep the intent, ask again later */
	STRIPE_UNKNOWN,
};

struct stripe {
	const struct conf *conf;
	struct arena *arena;
	const char *request_id; /* ours, for the log; NULL in the background */
	int64_t deadline_ms;    /* monotonic; no attempt starts after it */
	/* before the first repetition; doubles; a test may shrink it */
	int64_t backoff_ms;
};

struct stripe_reply {
	enum stripe_result result;
	int status;                /* 0 = no answer */
	const struct json *object; /* STRIPE_OK: the object */
	const char *type;          /* error.type, NULL = none given; so the next four */
	const char *code;
	const char *decline_code;
	const char *param;
	/* error.message or what went wrong; for logs and operators */
	const char *message;
	const char *stripe_request_id;
	int attempts;
};

/* deadline = now + conf->stripe_deadline_ms. */
void stripe_init(struct stripe *stripe, const struct conf *conf, struct arena *arena,
    const char *request_id);

/* --- form encoding ------------------------------------------------------ */

/*
 * One parameter: name with Stripe's brackets, "metadata[payment_id]".  A NULL value is
 * left out; "" unsets.
 */
struct stripe_param {
	const char *name;
	const char *value;
};

/* application/x-www-form-urlencoded of the array up to a NULL name; brackets stay as they are. */
char *stripe_form(struct arena *arena, const struct stripe_param *params);

/* --- calls -------------------------------------------------------------- */

struct stripe_call {
	const char *method; /* "GET" or "POST" */
	const char *path;   /* "/v1/payment_intents/pi_1", parts already checked */
	const char *label;  /* for the log, ids as "*" */
	/* what a good answer calls itself: "payment_intent", "list" */
	const char *object;
	const char *idempotency_key;       /* required for POST */
	const char *account;               /* Stripe-Account or NULL */
	const struct stripe_param *params; /* query of a GET, body of a POST; may be NULL */
};

enum stripe_result stripe_perform(struct stripe *stripe, const struct stripe_call *call,
    struct stripe_reply *reply);

/* An id of Stripe's as a path part: prefix_ + letters, digits, '_' only, at most 255 bytes. */
bool stripe_id_valid(const char *id);

/* STRIPE_REFUSED without a call, for an id that is none of Stripe's. */
enum stripe_result stripe_refuse_id(struct stripe_reply *reply);

/* Makes of an answer that cannot be believed what it is: none. */
enum stripe_result stripe_unknown(struct stripe_reply *reply, const char *message);

/*
 * GET of one object: path + id.  An id that is none of Stripe's is refused
 * without a call, an answer with another id is STRIPE_UNKNOWN.
 */
enum stripe_result stripe_get(struct stripe *stripe, const char *path, const char *id,
    const char *label, const char *object, struct stripe_reply *reply);

/*
 * The same for many ids at the same time: one attempt each, none after the
 * deadline; replies[i] is that of ids[i].
 */
void stripe_get_many(struct stripe *stripe, const char *path, const char *const *ids, size_t count,
    const char *label, const char *object, struct stripe_reply *replies);

struct stripe_checkout {
	const char *payment_id; /* idempotency key "<payment_id>:create" and metadata */
	const char *amount_cents;
	const char *currency;
	const char *user_id;
	const char *tier_id;
	const char *market;
	const char *asset_class;
	const char *account_size;
	int64_t created_s; /* Unix time from which on it may have been asked for */
};

/* Makes the PaymentIntent, or finds out what became of it, as stripe_ensure(). */
enum stripe_result stripe_payment_intent_ensure(struct stripe *stripe,
    const struct stripe_checkout *checkout, struct stripe_reply *reply);
enum stripe_result stripe_payment_intent_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);

/* A Connect account as it is asked for: express, transfers only. */
struct stripe_account {
	/* ours: idempotency key "<account_id>:create" and metadata */
	const char *account_id;
	const char *user_id;
	const char *country;
	const char *email;
	bool recipient;    /* not of the platform's country */
	int64_t created_s; /* Unix time from which on it may have been asked for */
};

/* Makes the account, or finds out what became of it, as stripe_ensure(). */
enum stripe_result stripe_account_ensure(struct stripe *stripe,
    const struct stripe_account *account, struct stripe_reply *reply);
enum stripe_result stripe_account_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);
void stripe_account_get_many(struct stripe *stripe, const char *const *ids, size_t count,
    struct stripe_reply *replies);

/* A fresh onboarding link, single use: text `url` of the object. */
enum stripe_result stripe_account_link_create(struct stripe *stripe, const char *account,
    const char *return_url, const char *refresh_url, struct stripe_reply *reply);

struct stripe_transfer {
	const char *payout_id; /* ours: metadata, transfer_group and the key's beginning */
	/* key "<payout_id>:transfer", from the second on "<payout_id>:transfer:2" */
	int64_t attempt;
	const char *amount_cents;
	const char *currency;
	const char *destination;
	/* Unix time from which on this attempt may have been asked for */
	int64_t sent_s;
};

/* Makes the transfer, or finds out what became of it, as stripe_ensure(). */
enum stripe_result stripe_transfer_ensure(struct stripe *stripe,
    const struct stripe_transfer *transfer, struct stripe_reply *reply);
enum stripe_result stripe_transfer_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);

/*
 * What to look for in one of Stripe's lists: metadata[name] = value among what the filter
 * lets through.
 */
struct stripe_find {
	const char *path; /* "/v1/transfers" */
	const char *label;
	const char *name;
	const char *value;
	const struct stripe_param *filter; /* at most 4, ends with a NULL name */
};

/* Looks through all pages of the list; STRIPE_OK with object NULL = there is none. */
enum stripe_result stripe_find(struct stripe *stripe, const struct stripe_find *find,
    struct stripe_reply *reply);

/* A POST that shall have one effect, however often it is asked for. */
struct stripe_ensure {
	int64_t sent_s; /* Unix time from which on it may have been sent */
	const struct stripe_call *create;
	const struct stripe_find *find; /* by our metadata */
	/* is the object what was asked for?  NULL = it has an id, which is enough */
	bool (*is_ours)(const struct json *object, const void *asked);
	const void *asked;
};

/*
 * Has the effect, or finds out what became of it: inside Stripe's key window by the same request,
 * after it by our metadata (STRIPE_OK with object NULL = it was never made), in between
 * STRIPE_UNKNOWN.  The one place that knows the window.
 */
enum stripe_result stripe_ensure(struct stripe *stripe, const struct stripe_ensure *ensure,
    struct stripe_reply *reply);

/*
 * What the outcome of a POST means for its row: STRIPE_OK with no object = Stripe never got it, so
 * it is refused as "abandoned"; a refusal without a code is "refused".
 */
struct stripe_refusal {
	const char *code;
	const char *message;
};
bool stripe_refused(const struct stripe_reply *reply, struct stripe_refusal *refusal);

/* All refunds of a PaymentIntent (newest first, up to 100). */
enum stripe_result stripe_refund_list(struct stripe *stripe, const char *payment_intent,
    struct stripe_reply *reply);
enum stripe_result stripe_dispute_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);

/*
 * A page of 100 events created at or after from_s, newest first; starting_after NULL =
 * first page.
 */
enum stripe_result stripe_event_list(struct stripe *stripe, int64_t from_s,
    const char *starting_after, struct stripe_reply *reply);

#endif
