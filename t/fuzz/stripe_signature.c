/* Protects: no header without Stripe's signature is accepted as signed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bug.h"
#include "core/base/conf.h"
#include "core/base/conf_value.h"
#include "core/stripe/signature.h"

/* No input of the corpus was signed with it. */
static char secret[] = "whsec_of_the_fuzzer";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The header is what comes before the first line feed, the body what comes after it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conf_secrets secrets = { 1, { secret } };
	const uint8_t *line_end = memchr(data, '\n', size);
	size_t header_len = line_end != NULL ? (size_t)(line_end - data) : size;
	size_t body_at = line_end != NULL ? header_len + 1 : size;
	char *header = malloc(header_len + 1);
	enum signature_result result;

	CHECK(header != NULL);
	if (header_len > 0)
		memcpy(header, data, header_len);
	header[header_len] = '\0';
	result = signature_verify(header, (const char *)data + body_at, size - body_at, &secrets,
	    INT64_C(1781913605));
	CHECK(result == SIGNATURE_MALFORMED || result == SIGNATURE_MISMATCH);
	free(header);
	return 0;
}
