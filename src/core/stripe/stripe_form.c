/* Form encoding of parameters. */
#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/stripe/stripe.h"
#include "core/upstream/url.h"

/* Values come from bodies of at most LIMIT_BODY_BYTES; encoding triples them at worst. */
#define FORM_BYTES (4 * LIMIT_BODY_BYTES)

/* The same bytes as Stripe's SDK: %20 for a space, brackets not encoded. */
char *
stripe_form(struct arena *arena, const struct stripe_param *params)
{
	struct buf form;

	buf_init(&form, arena, FORM_BYTES);
	for (; params != NULL && params->name != NULL; params++) {
		if (params->value == NULL)
			continue;
		if (form.len > 0)
			buf_char(&form, '&');
		url_encode(&form, params->name, "[]");
		buf_char(&form, '=');
		url_encode(&form, params->value, "[]");
	}
	CHECK(!form.overflow);
	return form.data;
}
