/* Which URLs and addresses webhooks are sent to. */
#include "core/upstream/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/base/text.h"

#define HOST_BYTES 256

/* A network: the first `bits` bits of its address. */
struct network {
	unsigned char address[16];
	int bits;
};

/* IANA's special-purpose addresses of IPv4, with what else is no public unicast. */
static const struct network refused4[] = {
	{ { 0 }, 8 },             /* this network */
	{ { 10 }, 8 },            /* private */
	{ { 100, 64 }, 10 },      /* shared by customers of a carrier */
	{ { 127 }, 8 },           /* loopback */
	{ { 169, 254 }, 16 },     /* link-local: metadata of clouds */
	{ { 172, 16 }, 12 },      /* private */
	{ { 192, 0, 0 }, 24 },    /* of protocols */
	{ { 192, 0, 2 }, 24 },    /* documentation */
	{ { 192, 31, 196 }, 24 }, /* AS112 */
	{ { 192, 52, 193 }, 24 }, /* AMT */
	{ { 192, 88, 99 }, 24 },  /* relays of 6to4 */
	{ { 192, 168 }, 16 },     /* private */
	{ { 192, 175, 48 }, 24 }, /* AS112 */
	{ { 198, 18 }, 15 },      /* benchmarks */
	{ { 198, 51, 100 }, 24 }, /* documentation */
	{ { 203, 0, 113 }, 24 },  /* documentation */
	{ { 224 }, 3 },           /* multicast, reserved, broadcast */
};

/*
 * Of IPv6 only 2000::/3 is public unicast, without these: whatever has an address of IPv4 in it
 * (mapped ::ffff:0:0/96, translated 64:ff9b::/96 and 64:ff9b:1::/48) is outside of it.
 */
static const struct network public6 = { { 0x20 }, 3 };
static const struct network refused6[] = {
	{ { 0x20, 0x01 }, 23 },                /* of protocols: Teredo, ORCHID, benchmarks */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },    /* documentation */
	{ { 0x20, 0x02 }, 16 },                /* 6to4 */
	{ { 0x26, 0x20, 0, 0x4f, 0x80 }, 48 }, /* AS112 */
	{ { 0x3f, 0xff }, 20 },                /* documentation */
};

static const struct network loopback4 = { { 127 }, 8 };
static const struct network loopback6 = { { [15] = 1 }, 128 };

static bool
is_in(const unsigned char *address, const struct network *network)
{
	int bytes = network->bits / 8;
	unsigned mask = 0xff00u >> (network->bits % 8) & 0xff;

	return memcmp(address, network->address, (size_t)bytes) == 0 &&
	    (mask == 0 || (address[bytes] & mask) == (network->address[bytes] & mask));
}

static bool
is_in_any(const unsigned char *address, const struct network *networks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_in(address, &networks[i]))
			return true;
	}
	return false;
}

bool
target_address_allowed(const struct sockaddr *address, bool sandbox, bool plain)
{
	const unsigned char *bytes;
	bool loopback, public;

	if (address->sa_family == AF_INET) {
		bytes = (const unsigned char *)&((const struct sockaddr_in *)address)->sin_addr;
		loopback = is_in(bytes, &loopback4);
		public = !is_in_any(bytes, refused4, sizeof(refused4) / sizeof(refused4[0]));
	} else if (address->sa_family == AF_INET6) {
		bytes = (const unsigned char *)&((const struct sockaddr_in6 *)address)->sin6_addr;
		loopback = is_in(bytes, &loopback6);
		public = is_in(bytes, &public6) &&
		    !is_in_any(bytes, refused6, sizeof(refused6) / sizeof(refused6[0]));
	} else {
		return false;
	}
	return (sandbox && loopback) || (!plain && public);
}

/* --- URLs ------------------------------------------------------------------- */

/* The parts of "https://host:port/…" or "https://[host]:port/…". */
struct url {
	bool plain;
	char host[HOST_BYTES];
	bool bracketed;
	int64_t port;
};

/* Reads what is between "//" and the path; false = it is malformed. */
static bool
read_authority(struct url *url, const char *text, size_t len)
{
	const char *end;
	char port[6];
	size_t host_len;

	url->bracketed = len > 0 && text[0] == '[';
	end = memchr(text, url->bracketed ? ']' : ':', len);
	if (url->bracketed && end == NULL)
		return false;
	if (url->bracketed)
		text++, len--;
	host_len = end == NULL ? len : (size_t)(end - text);
	if (host_len == 0 || host_len >= sizeof(url->host))
		return false;
	memcpy(url->host, text, host_len);
	url->host[host_len] = '\0';
	text += host_len + (url->bracketed ? 1 : 0);
	len -= host_len + (url->bracketed ? 1 : 0);
	if (len == 0)
		return true;
	if (text[0] != ':' || len - 1 >= sizeof(port))
		return false;
	memcpy(port, text + 1, len - 1);
	port[len - 1] = '\0';
	return text_int(port, 1, 65535, &url->port);
}

/* The address that the host spells, in any form that resolvers take: 127.1, 0x7f000001. */
static bool
read_address(const struct url *url, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (url->bracketed) {
		address->ss_family = AF_INET6;
		return inet_pton(AF_INET6, url->host, &v6->sin6_addr) == 1;
	}
	address->ss_family = AF_INET;
	return inet_aton(url->host, &v4->sin_addr) == 1;
}

static bool
is_name(const char *host)
{
	for (const char *c = host; *c != '\0'; c++) {
		bool good = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		    (*c >= '0' && *c <= '9') || *c == '-' || *c == '_' ||
		    (*c == '.' && c != host && c[-1] != '.');

		if (!good)
			return false;
	}
	return true;
}

static bool
is_local_name(const char *host)
{
	static const char *const ends[] = { "localhost", "local", "internal" };
	size_t len = strlen(host);

	if (len > 0 && host[len - 1] == '.')
		len--;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end_len = strlen(ends[i]);

		if (len >= end_len && strncasecmp(host + len - end_len, ends[i], end_len) == 0 &&
		    (len == end_len || host[len - end_len - 1] == '.'))
			return true;
	}
	return false;
}

static const char *
host_problem(const struct url *url, bool sandbox)
{
	struct sockaddr_storage address;

	if (read_address(url, &address)) {
		if (target_address_allowed((struct sockaddr *)&address, sandbox, url->plain))
			return NULL;
		return url->plain ? "must begin with https://" : "must not name a private address";
	}
	if (url->bracketed || !is_name(url->host))
		return "must name a host, without a user, as in https://example.com/webhooks";
	if (sandbox && strcasecmp(url->host, "localhost") == 0)
		return NULL;
	if (url->plain)
		return "must begin with https://";
	if (is_local_name(url->host) || strchr(url->host, '.') == NULL)
		return "must name a host of the public internet";
	return NULL;
}

const char *
target_url_problem(const char *text, bool sandbox)
{
	struct url url = { .port = 443 };
	const char *authority;

	if (!text_visible_ascii(text, TARGET_URL_CHARS) || strpbrk(text, "#\\\"<>^`{|}") != NULL)
		return "must be a URL: no spaces, no fragment, other characters percent-encoded";
	url.plain = strncasecmp(text, "http://", 7) == 0;
	if (!url.plain && strncasecmp(text, "https://", 8) != 0)
		return "must begin with https://";
	authority = text + (url.plain ? 7 : 8);
	if (!read_authority(&url, authority, strcspn(authority, "/?")))
		return "must name a host, as in https://example.com/webhooks";
	if (!sandbox && url.port != 443 && url.port != 8443)
		return "must have the port 443 or 8443";
	return host_problem(&url, sandbox);
}
