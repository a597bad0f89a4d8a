/* Sets the options that all requests over libcurl have, and reads headers of answers. */
#include "core/upstream/easy.h"

#include <string.h>
#include <strings.h>

#include "core/base/text.h"

#define RETRY_AFTER_MAX_S 86400
#define NUMBER_BYTES 16

void
easy_set_limits(CURL *easy, int64_t connect_ms, int64_t timeout_ms)
{
	SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(easy, CURLOPT_NOPROXY, "*");
	SET(easy, CURLOPT_NOSIGNAL, 1L);
	SET(easy, CURLOPT_TCP_NODELAY, 1L);
	SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	SET(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	/* Else a timeout waits for the thread that resolves the name. */
	SET(easy, CURLOPT_QUICK_EXIT, 1L);
}

struct curl_slist *
easy_set_target(CURL *easy, const char *url, const char *const *headers)
{
	/* "Expect:" without a value: never wait for 100 Continue */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	CHECK(list != NULL);
	for (size_t i = 0; headers != NULL && headers[i] != NULL; i++)
		CHECK(curl_slist_append(list, headers[i]) != NULL);
	SET(easy, CURLOPT_HTTPHEADER, list);
	SET(easy, CURLOPT_USERAGENT, "Purser");
	SET(easy, CURLOPT_URL, url);
	SET(easy, CURLOPT_PATH_AS_IS, 1L);
	return list;
}

bool
easy_header(const char **line, size_t *len, const char *name)
{
	size_t name_len = strlen(name);
	const char *value;
	size_t left;

	if (*len <= name_len || strncasecmp(*line, name, name_len) != 0 || (*line)[name_len] != ':')
		return false;
	value = *line + name_len + 1;
	left = *len - name_len - 1;
	while (left > 0 && (value[0] == ' ' || value[0] == '\t')) {
		value++;
		left--;
	}
	while (left > 0 && strchr(" \t\r\n", value[left - 1]) != NULL)
		left--;
	*line = value;
	*len = left;
	return true;
}

int64_t
easy_retry_after(const char *value, size_t len)
{
	char text[NUMBER_BYTES];
	int64_t seconds;

	if (len >= sizeof(text))
		return -1;
	memcpy(text, value, len);
	text[len] = '\0';
	return text_int(text, 0, RETRY_AFTER_MAX_S, &seconds) ? seconds : -1;
}
