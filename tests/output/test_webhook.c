/*
 * The webhook: what it sends, what each answer means, and that no secret gets out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lib/server.h"
#include "output/rig.h"

#define SEC 1000000000LL
#define OK "HTTP/1.1 204 No Content\r\n\r\n"
#define SECRET "T0123456/B0123456/sekritsekritsekrit"

static struct rig r;
static struct server *server;

static int
setup(void **state)
{
	(void)state;
	rig_open(&r);
	server = server_new(r.loop, NULL);
	server->answer = OK;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	server_free(server);
	rig_close(&r);
	return 0;
}

static struct output *
start(const char *more)
{
	return rig_start(&r, -1, "name: w\ntype: webhook\n"
	    "url: http://127.0.0.1:%d/services/" SECRET "?token=tokentoken\n%s",
	    server->port, more);
}

static void
an_alert_is_posted_with_its_delivery_id(void **state)
{
	struct alert a = rig_alert();
	char *json = rig_json(&a), length[64];
	struct output *o = start("authorization: Bearer abcdefgh\n"
	    "headers: ['X-Tenant: blue']\n");
	const char *body;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
		assert_string_equal(r.why, "");
		assert_int_equal(strncmp(server->heard.data, "POST /services/" SECRET
		    "?token=tokentoken HTTP/1.1\r\n", 50), 0);
		assert_non_null(strstr(server->heard.data,
		    "\r\nContent-Type: application/json\r\n"));
		assert_non_null(strstr(server->heard.data,
		    "\r\nwebhook-id: delivery-0\r\n"));
		assert_non_null(strstr(server->heard.data,
		    "\r\nAuthorization: Bearer abcdefgh\r\n"));
		assert_non_null(strstr(server->heard.data, "\r\nX-Tenant: blue\r\n"));
		snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n",
		    strlen(json));
		assert_non_null(strstr(server->heard.data, length));
		body = strstr(server->heard.data, "\r\n\r\n") + 4;
		assert_string_equal(body, json);
	}
	assert_int_equal(server->accepted, 1);
	output_free(o);
	free(json);
}

static void
each_answer_has_its_meaning(void **state)
{
	static const struct {
		const char *answer;
		enum fate fate;
		int64_t retry_after;
		const char *why;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", FATE_SENT, -1, "" },
		{ "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", FATE_SENT, -1,
		    "" },
		{ "HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: 9\r\n\r\n"
		    "slow down", FATE_RETRY, 30 * SEC, "status 429: slow down" },
		{ "HTTP/1.1 408 X\r\nContent-Length: 0\r\n\r\n", FATE_RETRY, -1,
		    "status 408" },
		{ "HTTP/1.1 425 X\r\nContent-Length: 0\r\n\r\n", FATE_RETRY, -1,
		    "status 425" },
		{ "HTTP/1.1 500 X\r\nContent-Length: 5\r\n\r\na\nb\033c", FATE_RETRY, -1,
		    "status 500: a\\nb\\x1bc" },
		{ "HTTP/1.1 503 X\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n",
		    FATE_RETRY, 3600 * SEC, "status 503" },
		{ "HTTP/1.1 400 X\r\nContent-Length: 15\r\n\r\ninvalid_payload",
		    FATE_REFUSED, -1, "status 400: invalid_payload" },
		{ "HTTP/1.1 401 X\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n",
		    FATE_REFUSED, -1, "status 401" },
		{ "HTTP/1.1 404 X\r\nContent-Length: 10\r\n\r\nno_service",
		    FATE_REFUSED, -1, "status 404: no_service" },
		{ "HTTP/1.1 410 X\r\nContent-Length: 0\r\n\r\n", FATE_REFUSED, -1,
		    "status 410" },
		{ "HTTP/1.1 301 X\r\nLocation: http://127.0.0.1/\r\n"
		    "Content-Length: 0\r\n\r\n", FATE_REFUSED, -1,
		    "status 301: redirects are not followed" },
	};
	struct output *o = start("");
	char why[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		server->answer = cases[i].answer;
		if (rig_send_one(&r, o, "{}") != cases[i].fate)
			fail_msg("%s -> %d %s", cases[i].answer, r.fate, r.why);
		assert_int_equal(r.retry_after, cases[i].retry_after);
		snprintf(why, sizeof why, "%s%s%s", *cases[i].why ?
		    output_address(o) : "", *cases[i].why ? ": " : "", cases[i].why);
		assert_string_equal(r.why, why);
	}
	output_free(o);
}

static void
no_answer_is_tried_again(void **state)
{
	struct output *o = start("timeout: 200ms\n");

	(void)state;
	server->act = SERVER_STALL;
	assert_int_equal(rig_send_one(&r, o, "{}"), FATE_RETRY);
	assert_non_null(strstr(r.why, "timed out"));
	server->act = SERVER_RESET;
	assert_int_equal(rig_send_one(&r, o, "{}"), FATE_RETRY);
	assert_null(strstr(r.why, "sekrit"));
	server->act = SERVER_ANSWER;
	assert_int_equal(rig_send_one(&r, o, "{}"), FATE_SENT);
	server_free(server);
	server = NULL;
	assert_int_equal(rig_send_one(&r, o, "{}"), FATE_RETRY);
	assert_null(strstr(r.why, "sekrit"));
	output_free(o);
}

static void
an_answer_that_says_secrets_back_is_cleaned(void **state)
{
	static const char body[] = "POST /services/" SECRET "?token=tokentoken "
	    "with Bearer abcdefghij and blueblue was not found";
	struct output *o = start("authorization: Bearer abcdefghij\n"
	    "headers: ['X-Tenant: blueblue']\n");
	char answer[512];

	(void)state;
	snprintf(answer, sizeof answer, "HTTP/1.1 404 X\r\nContent-Length: %zu\r\n\r\n"
	    "%s", sizeof body - 1, body);
	server->answer = answer;
	assert_int_equal(rig_send_one(&r, o, "{}"), FATE_REFUSED);
	assert_null(strstr(r.why, "sekrit"));
	assert_null(strstr(r.why, "T0123456"));
	assert_null(strstr(r.why, "B0123456"));
	assert_null(strstr(r.why, "tokentoken"));
	assert_null(strstr(r.why, "abcdefgh"));
	assert_null(strstr(r.why, "blueblue"));
	assert_non_null(strstr(r.why, "was not found"));
	/* nor does the address tell more than the last four */
	assert_null(strstr(output_address(o), "sekrit"));
	assert_non_null(strstr(output_address(o), "...oken"));
	output_free(o);
}

static void
secrets_come_from_files_and_the_environment(void **state)
{
	char path[128];
	struct output *o;
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/url", r.dir);
	f = fopen(path, "w");
	fprintf(f, "http://127.0.0.1:%d/from-a-file\n", server->port);
	fclose(f);
	setenv("BUCKETWATCH_TEST_AUTH", "Bearer from-the-environment", 1);
	o = rig_start(&r, -1, "{name: w, type: webhook, url_file: %s, "
	    "authorization_env: BUCKETWATCH_TEST_AUTH}", path);
	assert_int_equal(rig_send_one(&r, o, "{}"), FATE_SENT);
	assert_non_null(strstr(server->heard.data, "POST /from-a-file "));
	assert_non_null(strstr(server->heard.data,
	    "Authorization: Bearer from-the-environment\r\n"));
	output_free(o);
}

static void
a_long_answer_is_told_in_part(void **state)
{
	struct output *o = start("");
	struct buf answer = BUF_INIT(1 << 20);
	int i;

	(void)state;
	buf_adds(&answer, "HTTP/1.1 400 X\r\nContent-Length: 200000\r\n\r\n");
	for (i = 0; i < 200000; i++)
		buf_addc(&answer, 'a');
	server->answer = answer.data;
	assert_int_equal(rig_send_one(&r, o, "{}"), FATE_REFUSED);
	assert_true(strlen(r.why) < 300);
	output_free(o);
	buf_clear(&answer);
}

static void
a_send_that_is_dropped_says_nothing(void **state)
{
	struct output_message m = { "d", "{}", 2, 0 };
	struct output *o = start("timeout: 100ms\n");
	struct output *other = start("timeout: 300ms\n");

	(void)state;
	server->act = SERVER_STALL;
	output_send(o, &m, 1, rig_done, &r);
	output_free(o);
	rig_send_one(&r, other, "{}");		/* one call, not two */
	output_free(other);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_alert_is_posted_with_its_delivery_id),
		T(each_answer_has_its_meaning),
		T(no_answer_is_tried_again),
		T(an_answer_that_says_secrets_back_is_cleaned),
		T(secrets_come_from_files_and_the_environment),
		T(a_long_answer_is_told_in_part),
		T(a_send_that_is_dropped_says_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
