/* Protects: many requests at once end within the longest limit, each with its own outcome. */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_server.h"

#define MANY 40

static struct arena arena;

static struct http_call
get(const char *url, int64_t timeout_ms)
{
	return (struct http_call) { .method = "GET",
		.url = url,
		.label = "GET /many",
		.timeout_ms = timeout_ms };
}

/* Each of these servers has one step, so that the outcomes are independent. */
static void
test_outcomes(void)
{
	static const struct scripted_step good[] = { { ANSWER, 200, NULL, "one", 0 }, { 0 } };
	static const struct scripted_step bad[] = { { ANSWER, 404, NULL, "no", 0 }, { 0 } };
	static const struct scripted_step cut[] = { { CUT, 0, NULL, NULL, 0 }, { 0 } };
	static const struct scripted_step hang[] = { { HANG, 0, NULL, NULL, 0 }, { 0 } };
	const struct scripted_step *steps[] = { good, bad, cut, hang };
	struct scripted_server *servers[4];
	struct http_call calls[6];
	struct http_answer answers[6];
	enum http_result results[6];
	int64_t start_ms;

	for (int i = 0; i < 4; i++) {
		servers[i] = scripted_start(steps[i]);
		calls[i] = get(scripted_url(servers[i]), 600);
	}
	calls[4] = get("http://127.0.0.1:1", 600);
	calls[5] = get("http://127.0.0.1:1", 0);
	start_ms = clock_monotonic_ms();
	http_perform_many(&arena, calls, 6, answers, results);
	ok(clock_monotonic_ms() - start_ms < 2500, "many calls end in the time of the longest");
	is_int(results[0], HTTP_ANSWERED, "one of many calls is answered");
	is_str(answers[0].body, "one", "one of many calls has its body");
	is_int(results[1], HTTP_ANSWERED, "a 404 to one of many calls is an answer");
	is_int(answers[1].status, 404, "a 404 to one of many calls has its status");
	is_int(results[2], HTTP_LOST, "a cut connection of many is lost");
	is_int(results[3], HTTP_LOST, "silence to one of many calls is lost");
	is_int(results[4], HTTP_NOT_SENT, "a call of a port without listener is not sent");
	is_int(results[5], HTTP_NOT_SENT, "one of many calls without time is not sent");
	for (int i = 2; i < 6; i++)
		ok(answers[i].error != NULL, "call %d of many has a reason for its failure", i);
	for (int i = 0; i < 4; i++)
		scripted_stop(servers[i]);
	arena_reset(&arena);
}

/* A server that never answers: many calls take as long as one. */
static void
test_at_once(void)
{
	struct scripted_step steps[MANY + 1] = { { HANG, 0, NULL, NULL, 0 } };
	struct http_call calls[MANY];
	struct http_answer answers[MANY];
	enum http_result results[MANY];
	struct scripted_server *server;
	int64_t start_ms;
	int lost = 0;

	for (int i = 0; i < MANY; i++)
		steps[i] = (struct scripted_step) { HANG, 0, NULL, NULL, 0 };
	server = scripted_start(steps);
	for (int i = 0; i < MANY; i++)
		calls[i] = get(scripted_url(server), 2000);
	start_ms = clock_monotonic_ms();
	http_perform_many(&arena, calls, MANY, answers, results);
	ok(clock_monotonic_ms() - start_ms < 6000,
	    "%d calls without an answer end in the time of one", MANY);
	for (int i = 0; i < MANY; i++)
		lost += results[i] == HTTP_LOST;
	is_int(lost, MANY, "all calls without an answer are lost");
	is_int((int64_t)scripted_count(server), MANY, "all calls without an answer arrive");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_again(void)
{
	static const struct scripted_step steps[] = { { ANSWER, 200, NULL, "1", 0 },
		{ ANSWER, 200, NULL, "2", 0 }, { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct http_call call = get(scripted_url(server), 3000);
	struct http_answer answer;
	enum http_result result;

	for (int i = 0; i < 2; i++) {
		http_perform_many(&arena, &call, 1, &answer, &result);
		is_int(result, HTTP_ANSWERED, "call %d of two, one after the other, is answered",
		    i);
	}
	is_int(scripted_at(server, 1)->connection, 1, "a second call uses the kept connection");
	http_perform_many(&arena, NULL, 0, NULL, NULL);
	ok(true, "no calls at all are allowed");
	scripted_stop(server);
	arena_reset(&arena);
}

int
main(void)
{
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	arena_init(&arena);
	http_init();
	test_outcomes();
	test_at_once();
	test_again();
	arena_release(&arena);
	return done();
}
