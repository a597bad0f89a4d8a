/*
 * Stripe's API as typed functions over one client.  Every request carries the
 * pinned version.  Every POST has an idempotency key, made from a row of ours that
 * was committed before.  Attempts are repeated by the rule of Stripe's own SDK
 * within a total deadline.
 */
#ifndef PURSER_STRIPE_STRIPE_H
#define PURSER_STRIPE_STRIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/upstream/http.h"

struct arena;
struct conf;
struct json;

#define STRIPE_VERSION "2026-10-28.endive"

/* What an answer says: classify.c has the codes of each.  Only the last one leaves it open. */
enum stripe_result {
	STRIPE_OK,
	/* refused for good: nothing took effect, a repeat would be refused again */
	STRIPE_REFUSED,
	/* refused, and nothing took effect; what hinders it passes, as a balance that is too low */
	STRIPE_REFUSED_FOR_NOW,
	/* refused: the Connect account that the call names was deleted, or has left our platform */
	STRIPE_GONE,
	/*
	 * refused because of our key: it is wrong, or may not make this call.  That says nothing
	 * about the object; an operator has to give rights
	 */
	STRIPE_RIGHTS,
	/* no answer, 5xx, unreadable: it may have taken effect; keep the row, ask again later */
	STRIPE_UNKNOWN,
};

/* The message of STRIPE_RIGHTS begins with these words; admin.health finds it by them. */
#define STRIPE_RIGHTS_WORDS "our key may not make"

struct stripe {
	const struct conf *conf;
	/* of the Stripe account, confirmed; NULL = every call is STRIPE_UNKNOWN */
	const char *secret_key;
	struct arena *arena;
	const char *request_id; /* ours, for the log; NULL in the background */
	int64_t deadline_ms;    /* monotonic; no attempt starts after it */
	/* before the first repetition, doubled for each next one; tests set less */
	int64_t backoff_ms;
};

/* Our clock beside Stripe's, which an answer has in its header Date. */
struct stripe_clocks {
	int64_t stripe_s;     /* Unix time; 0 = no answer, or none in it */
	int64_t ahead_ms;     /* ours is ahead of Stripe's; to half a second exactly */
	int64_t monotonic_ms; /* when the answer came */
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
	/*
	 * a refusal that Stripe keeps under the idempotency key: no request under it took effect.
	 * Otherwise only the requests of this call did not
	 */
	bool key_spent;
	const char *stripe_request_id;
	int attempts;
	bool too_large;              /* STRIPE_UNKNOWN since the answer is larger than allowed */
	struct stripe_clocks clocks; /* of the last answer */
};

/*
 * deadline = now + conf->stripe_deadline_ms.  account: the name of the tenant's Stripe account,
 * from the row for which Stripe is called.
 */
void stripe_init(struct stripe *stripe, const struct conf *conf, const char *account,
    struct arena *arena, const char *request_id);

/* --- form encoding ------------------------------------------------------ */

/*
 * One parameter: name with Stripe's brackets, "metadata[purser_object]".  A NULL value is left
 * out; "" tells Stripe to unset it.
 */
struct stripe_param {
	const char *name;
	const char *value;
};

/* application/x-www-form-urlencoded of the array up to a NULL name; brackets stay as they are. */
char *stripe_form(struct arena *arena, const struct stripe_param *params);

/* --- calls -------------------------------------------------------------- */

#define STRIPE_IN_PATH "path"

struct stripe_call {
	const char *method; /* "GET" or "POST" */
	const char *path;   /* "/v1/payment_intents/pi_1", parts already checked */
	const char *label;  /* for the log, ids as "*" */
	/* member "object" of a good answer: "payment_intent", "list" */
	const char *object;
	const char *idempotency_key; /* required for POST */
	const char *account;         /* Stripe-Account or NULL */
	/* the parameter that names a Connect account, or STRIPE_IN_PATH; NULL = none does */
	const char *names_account;
	const struct stripe_param *params; /* query of a GET, body of a POST; may be NULL */
	size_t answer_max;                 /* as struct http_call has them */
	const struct http_filter *filter;
};

/* Runs one call with its repetitions and logs it; returns reply->result. */
enum stripe_result stripe_perform(struct stripe *stripe, const struct stripe_call *call,
    struct stripe_reply *reply);

/* May the id stand in a path: prefix_ + letters, digits and '_' only, at most 255 bytes? */
bool stripe_id_valid(const char *id);

/* STRIPE_REFUSED without a call, for an id that cannot be one of Stripe's. */
enum stripe_result stripe_refuse_id(struct stripe_reply *reply);

/* Turns a reply that says nothing about what was asked into STRIPE_UNKNOWN. */
enum stripe_result stripe_unknown(struct stripe_reply *reply, const char *message);

/* What stripe_get() reads: the members of struct stripe_call, and the path before the id. */
struct stripe_kind {
	const char *path; /* "/v1/accounts/" */
	const char *label;
	const char *object;
	const char *names_account;
	const struct stripe_param *params; /* members as objects instead of ids; NULL = none */
};

/* Params of an object's kind: its payment_intent as an object, whose metadata has the owner. */
extern const struct stripe_param stripe_expand_payment_intent[];

/*
 * GET of one object.  An id that cannot be one of Stripe's is refused without a call; an answer
 * with another id is STRIPE_UNKNOWN.
 */
enum stripe_result stripe_get(struct stripe *stripe, const struct stripe_kind *kind, const char *id,
    struct stripe_reply *reply);

/* One attempt of it, which is made at the same time as other calls, by http_perform_many(). */
struct stripe_get {
	struct stripe *stripe;
	const struct stripe_kind *kind;
	const char *id; /* one of Stripe's form */
	int64_t started_ms;
};

void stripe_get_begin(struct stripe *stripe, const struct stripe_kind *kind, const char *id,
    struct stripe_get *get, struct http_call *http);
void stripe_get_end(const struct stripe_get *get, const struct http_answer *answer,
    enum http_result result, struct stripe_reply *reply);

/*
 * The same for many ids at the same time: one attempt each, none after the
 * deadline; replies[i] is that of ids[i].
 */
void stripe_get_many(struct stripe *stripe, const struct stripe_kind *kind, const char *const *ids,
    size_t count, struct stripe_reply *replies);

/*
 * The owner of an object at Stripe: our metadata, which is sent with every create.  An object is
 * found by it when installation, api, tenant and object fit.
 */
struct stripe_owner {
	const char *installation; /* core.installation */
	const char *api;          /* "prop" */
	const char *tenant;
	const char *object; /* our row's id */
	int64_t attempt;    /* from 1 on; another attempt has another idempotency key */
	const char *user;   /* for a person at Stripe's dashboard */
	/* what held the object's id before there was purser_object; NULL = nothing did */
	const char *old_name;
};

/* Elements of an array of struct stripe_param. */
/* clang-format off */
#define STRIPE_OWNER_PARAMS(arena, owner) \
	{ "metadata[purser_installation]", (owner)->installation }, \
	{ "metadata[purser_api]", (owner)->api }, \
	{ "metadata[purser_tenant]", (owner)->tenant }, \
	{ "metadata[purser_object]", (owner)->object }, \
	{ "metadata[purser_attempt]", stripe_owner_attempt(arena, owner) }, \
	{ "metadata[purser_user]", (owner)->user }
/* clang-format on */

const char *stripe_owner_attempt(struct arena *arena, const struct stripe_owner *owner);

/*
 * The idempotency key of a step of the row, "<object>:<step>"; from the second attempt on
 * "<object>:<step>:2", since Stripe answers the key of a refused request with the old refusal.
 */
const char *stripe_owner_key(struct arena *arena, const struct stripe_owner *owner,
    const char *step);

/*
 * Does the object's metadata name the owner?  Without purser_object the old name counts, since
 * the caller's row waits for its object.
 */
bool stripe_owner_fits(const struct stripe_owner *owner, const struct json *object);

/*
 * Does the object's metadata have the row's id?  Ids are random: if the rest does not fit, it is
 * this row's object all the same, since the installation's id or the metadata was changed.
 */
bool stripe_owner_names(const struct stripe_owner *owner, const struct json *object);

/* Does the object's metadata name any row or installation, this one's or another's? */
bool stripe_owner_any(const struct stripe_owner *owner, const struct json *object);

struct stripe_checkout {
	struct stripe_owner owner; /* key of the step "create" */
	const char *amount_cents;
	const char *currency;
	const char *tier_id;
	int64_t created_s; /* Unix time from which on it may have been asked for */
};

/* Makes the PaymentIntent, or finds its outcome, as stripe_ensure() does. */
enum stripe_result stripe_payment_intent_ensure(struct stripe *stripe,
    const struct stripe_checkout *checkout, struct stripe_reply *reply);
enum stripe_result stripe_payment_intent_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);

/*
 * Cancels the PaymentIntent of a payment for good.  Each attempt has a key of its own, since Stripe
 * answers the key of a refused request with the old refusal.
 */
enum stripe_result stripe_payment_intent_cancel(struct stripe *stripe, const char *payment,
    int64_t attempt, const char *id, struct stripe_reply *reply);

/* A Connect account to be made: express, with transfers only. */
struct stripe_account {
	struct stripe_owner owner; /* key of the step "create" */
	const char *country;
	const char *email;
	bool recipient;    /* not of the platform's country */
	int64_t created_s; /* Unix time from which on it may have been asked for */
};

/* Makes the account, or finds its outcome, as stripe_ensure() does. */
enum stripe_result stripe_account_ensure(struct stripe *stripe,
    const struct stripe_account *account, struct stripe_reply *reply);
enum stripe_result stripe_account_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);
void stripe_account_get_begin(struct stripe *stripe, const char *id, struct stripe_get *get,
    struct http_call *http);
void stripe_account_get_many(struct stripe *stripe, const char *const *ids, size_t count,
    struct stripe_reply *replies);

/*
 * What Stripe said of accounts, ids[i] with replies[i], for the functions that store it.  An answer
 * that leaves the account open is left out.
 */
const char *stripe_account_answers(struct arena *arena, const char *const *ids,
    const struct stripe_reply *replies, size_t count);

/* The account that the secret key belongs to: text `id` of the object is acct_... */
enum stripe_result stripe_own_account_get(struct stripe *stripe, struct stripe_reply *reply);

/* Makes an onboarding link that works once: text `url` of the object. */
enum stripe_result stripe_account_link_create(struct stripe *stripe, const char *account,
    const char *return_url, const char *refresh_url, struct stripe_reply *reply);

struct stripe_transfer {
	struct stripe_owner owner; /* key of the step "transfer" */
	const char *amount_cents;
	const char *currency;
	const char *destination;
	/* Unix time from which on this attempt may have been asked for */
	int64_t sent_s;
	bool look_up_only;  /* as in struct stripe_ensure */
	const char *others; /* as in struct stripe_find */
};

/* Makes the transfer, or finds its outcome, as stripe_ensure() does. */
enum stripe_result stripe_transfer_ensure(struct stripe *stripe,
    const struct stripe_transfer *transfer, struct stripe_reply *reply);
enum stripe_result stripe_transfer_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);

/* A refund, whole or in part. */
struct stripe_refund {
	struct stripe_owner owner; /* key of the step "refund" */
	const char *payment_intent;
	const char *amount_cents;
	int64_t sent_s; /* Unix time from which on it may have been asked for */
};

/* Makes the refund, or finds its outcome, as stripe_ensure() does. */
enum stripe_result stripe_refund_ensure(struct stripe *stripe, const struct stripe_refund *refund,
    struct stripe_reply *reply);

/* --- lists -------------------------------------------------------------- */

/* One of Stripe's lists, as far as a filter selects it. */
struct stripe_list {
	const char *path; /* "/v1/transfers" */
	const char *label;
	const struct stripe_param *filter; /* at most 4, ends with a NULL name */
};

/* The call of one page, whose parameters are the filter, limit and starting_after. */
#define STRIPE_LIST_FILTERS 4
#define STRIPE_LIST_PARAMS (STRIPE_LIST_FILTERS + 3)
void stripe_list_call(const struct stripe_list *list, const char *starting_after, const char *limit,
    struct stripe_param params[STRIPE_LIST_PARAMS], struct stripe_call *call);

/* An element of a list as Stripe sent it: nothing of it is checked. */
struct stripe_element {
	const char *text; /* NUL-terminated; NULL = larger than LIMIT_STRIPE_ELEMENT_BYTES */
	size_t bytes;
	const char *id;   /* one of Stripe's form, NULL = none was found */
	const char *type; /* NULL = none was found */
};

struct stripe_elements {
	const struct stripe_element *elements; /* newest first */
	size_t count;
	bool has_more;
	const char *last_id; /* the next page starts after it; NULL = no element has an id */
};

/*
 * Reads the page of up to 100 elements after starting_after; NULL = the first page.  What it keeps
 * has a bound: a larger page is asked for again with ten elements, then with one.  STRIPE_UNKNOWN
 * also when the answer is no page, or cannot be passed: it has more behind it and no element with
 * an id.
 */
enum stripe_result stripe_list_elements(struct stripe *stripe, const struct stripe_list *list,
    const char *starting_after, struct stripe_elements *page, struct stripe_reply *reply);

/* Called for one object of a list, which lives until it returns; false = read no further. */
typedef bool stripe_visit(const struct json *object, void *context);

/*
 * Visits the objects of all pages, newest first; reply->object is NULL.  STRIPE_UNKNOWN also when
 * the list has more than LIMIT_STRIPE_LIST_PAGES pages, after the visit of those.
 */
enum stripe_result stripe_list_each(struct stripe *stripe, const struct stripe_list *list,
    stripe_visit *visit, void *context, struct stripe_reply *reply);

/*
 * Reads all pages into reply->object, which is one list with has_more false.  An object whose
 * member `parent` is not `id`, or a list that cannot be read whole, is STRIPE_UNKNOWN: the result
 * is never a part of the list.
 */
enum stripe_result stripe_list_all(struct stripe *stripe, const struct stripe_list *list,
    const char *parent, const char *id, struct stripe_reply *reply);

/* A search in a list: what is the owner's among the objects of the list. */
struct stripe_find {
	struct stripe_list list;
	const struct stripe_owner *owner;
	bool exclusive;     /* the filter selects the row's objects only, whatever their metadata */
	const char *others; /* ids with spaces between, which are known not to be it; or NULL */
};

/*
 * Searches all pages of the list; STRIPE_OK with object NULL = there is none.  STRIPE_UNKNOWN also
 * when Stripe refuses the search, or when an object is this row's but does not fit its owner.  Of
 * an exclusive search an object that names no row at all is found, if no other is: whoever settles
 * it says what it is.
 */
enum stripe_result stripe_find(struct stripe *stripe, const struct stripe_find *find,
    struct stripe_reply *reply);

/* A POST that must take effect once, however often it is repeated. */
struct stripe_ensure {
	int64_t sent_s; /* Unix time from which on it may have been sent */
	const struct stripe_call *create;
	const struct stripe_find *find; /* by our metadata */
	/* is the object the requested one?  NULL = any object with an id is */
	bool (*is_ours)(const struct json *object, const void *asked);
	const void *asked;
	/*
	 * Nothing is sent again: what was sent is searched for, and nothing found is UNKNOWN while
	 * Stripe may still get it.
	 */
	bool look_up_only;
};

/*
 * Makes the object, or finds the outcome of an earlier POST.  While Stripe remembers the key:
 * repeats the same request, and searches by our metadata when the key was used with other
 * parameters, which an earlier version of this program sent.  After that: searches (STRIPE_OK with
 * object NULL = it was never made).  In between: STRIPE_UNKNOWN.  Only this function knows the time
 * window.
 */
enum stripe_result stripe_ensure(struct stripe *stripe, const struct stripe_ensure *ensure,
    struct stripe_reply *reply);

/*
 * All refunds of a PaymentIntent and all reversals of a transfer, as stripe_list_all() reads them:
 * in `data` of the object, newest first.
 */
enum stripe_result stripe_refund_list(struct stripe *stripe, const char *payment_intent,
    struct stripe_reply *reply);
enum stripe_result stripe_reversal_list(struct stripe *stripe, const char *transfer,
    struct stripe_reply *reply);

/* One object, its payment_intent as an object, too: whose it is stands in that one's metadata. */
enum stripe_result stripe_charge_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);
enum stripe_result stripe_dispute_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);
enum stripe_result stripe_refund_get(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);

/* A page of the events created at or after from_s; starting_after NULL = first page. */
enum stripe_result stripe_event_page(struct stripe *stripe, int64_t from_s,
    const char *starting_after, struct stripe_elements *page, struct stripe_reply *reply);

/* The same of the platform's balance transactions, each with its source as an object. */
enum stripe_result stripe_balance_transaction_page(struct stripe *stripe, int64_t from_s,
    const char *starting_after, struct stripe_elements *page, struct stripe_reply *reply);

#endif
