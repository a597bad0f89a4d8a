/* The table of the apis, and their paths. */
#include "config.h"

#include <string.h>

#include "core/web/api.h"

static const struct {
	const char *name;
	enum auth auth;
} apis[API__MAX] = {
	[API_PROP] = { "prop", AUTH_APP_SESSION },
	[API_JOURNAL] = { "journal", AUTH_JOURNAL },
	[API_PARTNER] = { "partner", AUTH_MISSING },
	[API_MARKETPLACE] = { "marketplace", AUTH_MISSING },
	[API_PROVIDER] = { "provider", AUTH_NONE },
	[API_PUBLIC] = { "public", AUTH_NONE },
};

/* The first matching prefix decides; all other paths belong to the prop api. */
static const struct {
	const char *prefix;
	enum api api;
} prefixes[] = {
	{ "/api/v1/integrations/", API_MARKETPLACE },
	{ "/v1/integrations/", API_MARKETPLACE },
	{ "/api/v1/", API_JOURNAL },
	{ "/connect/v1/", API_PARTNER },
	{ "/payouts", API_PARTNER },
};

const char *
api_name(enum api api)
{
	return apis[api].name;
}

enum auth
api_auth(enum api api)
{
	return apis[api].auth;
}

enum api
api_of_path(const char *path)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(path, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0)
			return prefixes[i].api;
	}
	return API_PROP;
}
