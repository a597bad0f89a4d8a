#include "config.h"

#include <stddef.h>

#include "payments/view.h"

const struct view_field checkout_view[] = {
	{ "payment_id", NULL, VIEW_TEXT },
	{ "stripe_payment_intent_id", NULL, VIEW_TEXT },
	{ "client_secret", NULL, VIEW_TEXT },
	{ "amount_cents", NULL, VIEW_NUMBER },
	{ "currency", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ 0 },
};

const struct view_field payment_view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "stripe_payment_intent_id", NULL, VIEW_TEXT },
	{ "amount_cents", NULL, VIEW_NUMBER },
	{ "currency", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "tier_id", NULL, VIEW_TEXT },
	{ "market", NULL, VIEW_TEXT },
	{ "prop_account_id", NULL, VIEW_TEXT },
	{ 0 },
};

const struct view_field prop_account_view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "tier_id", NULL, VIEW_TEXT },
	{ "asset_class", NULL, VIEW_TEXT },
	{ "account_size", NULL, VIEW_NUMBER },
	{ "status", NULL, VIEW_TEXT },
	{ "subaccount_id", NULL, VIEW_NUMBER },
	{ "subaccount_uuid", NULL, VIEW_TEXT },
	{ "synthetic_hotkey", NULL, VIEW_TEXT },
	{ "stripe_payment_intent_id", NULL, VIEW_TEXT },
	{ 0 },
};

const struct view_field lifecycle_view[] = {
	{ "prop_account_id", "id", VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "subaccount_id", NULL, VIEW_NUMBER },
	{ "synthetic_hotkey", NULL, VIEW_TEXT },
	{ 0 },
};
