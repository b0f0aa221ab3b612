/*
 * io/http against a server on the same loop.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/http.h"
#include "lib/server.h"

#define SEC 1000000000LL
#define PATIENCE (20 * SEC)

struct answer {
	int		 calls, status;
	char		 error[256];
	char		*body;
	size_t		 len;
	int64_t		 retry_after;
};

static struct loop *loop;
static struct http *http;
static struct server *server;
static struct loop_timer *patience;

static void
on_patience(void *arg)
{
	(void)arg;
	fprintf(stderr, "the test waited too long\n");
	abort();
}

static int
setup(void **state)
{
	(void)state;
	loop = loop_new();
	http = http_new(loop);
	server = server_new(loop, NULL);
	server->answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	patience = loop_timer_new(loop, on_patience, NULL);
	loop_timer_arm(patience, PATIENCE);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	http_free(http);
	server_free(server);
	loop_timer_free(patience);
	loop_free(loop);
	return 0;
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct answer *got = arg;

	got->calls++;
	got->status = a->status;
	snprintf(got->error, sizeof got->error, "%s", a->error ? a->error : "");
	free(got->body);
	got->body = xstrndup(a->body, a->body_len);
	got->len = a->body_len;
	got->retry_after = a->retry_after_ns;
	loop_stop(loop);
}

static void
ask(struct answer *got, const struct http_request *with)
{
	struct http_request r = { .method = "POST", .body = "{}", .body_len = 2 };
	char url[128];

	if (with)
		r = *with;
	if (r.method == NULL)
		r.method = "POST";
	snprintf(url, sizeof url, "http://127.0.0.1:%d/secret/path?q=1",
	    server ? server->port : 0);
	if (r.url == NULL)
		r.url = url;
	memset(got, 0, sizeof *got);
	http_send(http, &r, on_answer, got);
	assert_int_equal(got->calls, 0);	/* never from inside */
	memset(url, 'x', sizeof url - 1);	/* it was copied */
	loop_run(loop);
	assert_int_equal(got->calls, 1);
}

static void
an_answer_comes_with_status_and_body(void **state)
{
	static const char *const headers[] = { "X-One: 1", "webhook-id: abc", NULL };
	struct http_request r = { .body = "hello\0there", .body_len = 11,
	    .headers = headers };
	struct answer got;
	const char *end;

	(void)state;
	ask(&got, &r);
	assert_int_equal(got.status, 200);
	assert_string_equal(got.body, "ok");
	assert_int_equal(got.retry_after, -1);
	assert_non_null(strstr(server->heard.data, "POST /secret/path?q=1 HTTP/1.1"));
	assert_non_null(strstr(server->heard.data, "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(server->heard.data, "\r\nwebhook-id: abc\r\n"));
	assert_null(strstr(server->heard.data, "Expect:"));
	end = strstr(server->heard.data, "\r\n\r\n") + 4;
	assert_int_equal(server->heard.data + server->heard.len - end, 11);
	assert_memory_equal(end, "hello\0there", 11);
	free(got.body);
}

static void
connections_are_used_again(void **state)
{
	struct answer got;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		ask(&got, NULL);
		assert_int_equal(got.status, 200);
		free(got.body);
	}
	assert_int_equal(server->requests, 5);
	assert_int_equal(server->accepted, 1);
	/* and one that the server closed meanwhile is replaced without a word */
	server_close_conns(server);
	ask(&got, NULL);
	assert_int_equal(got.status, 200);
	free(got.body);
	assert_int_equal(server->accepted, 2);
}

static void
each_status_is_told_and_redirects_are_not_followed(void **state)
{
	static const struct {
		const char *text;
		int status;
		int64_t retry_after;
	} cases[] = {
		{ "HTTP/1.1 204 No Content\r\n\r\n", 204, -1 },
		{ "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", 404, -1 },
		{ "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
		    429, 7 * SEC },
		{ "HTTP/1.1 429 Slow\r\nretry-after:  99999 \r\n"
		    "Content-Length: 0\r\n\r\n", 429, HTTP_RETRY_AFTER_MAX },
		{ "HTTP/1.1 500 Oh\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n",
		    500, -1 },
		{ "HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\n"
		    "Content-Length: 0\r\n\r\n", 301, -1 },
		{ "HTTP/1.1 307 Moved\r\nLocation: file:///etc/passwd\r\n"
		    "Content-Length: 0\r\n\r\n", 307, -1 },
		/* of an interim answer, a Retry-After is not the answer's */
		{ "HTTP/1.1 103 Early\r\nRetry-After: 9\r\n\r\n"
		    "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", 503, -1 },
	};
	struct answer got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		server->answer = cases[i].text;
		ask(&got, NULL);
		assert_int_equal(got.status, cases[i].status);
		assert_int_equal(got.retry_after, cases[i].retry_after);
		assert_string_equal(got.error, "");
		free(got.body);
	}
	assert_int_equal(server->requests, sizeof cases / sizeof cases[0]);
}

static void
what_breaks_off_is_no_answer(void **state)
{
	struct http_request r = { .body = "{}", .body_len = 2,
	    .total_timeout_ns = SEC / 5 };
	struct answer got;

	(void)state;
	server->act = SERVER_STALL;
	ask(&got, &r);
	assert_int_equal(got.status, 0);
	assert_non_null(strstr(got.error, "timed out"));
	assert_null(strstr(got.error, "secret"));
	free(got.body);

	server->act = SERVER_RESET;
	ask(&got, NULL);
	assert_int_equal(got.status, 0);
	assert_true(got.error[0] != '\0');
	free(got.body);

	server->act = SERVER_ANSWER_CLOSE;
	server->answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort";
	ask(&got, NULL);
	assert_int_equal(got.status, 0);
	free(got.body);

	server->answer = "this is no HTTP\r\n\r\n";
	ask(&got, NULL);
	assert_int_equal(got.status, 0);
	free(got.body);
}

static void
nobody_there_is_told(void **state)
{
	struct http_request r = { 0 };
	struct answer got;
	char url[64];

	(void)state;
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", server->port);
	server_free(server);
	server = NULL;
	r.url = url;
	r.body = "x";
	r.body_len = 1;
	ask(&got, &r);
	assert_int_equal(got.status, 0);
	assert_non_null(strstr(got.error, "127.0.0.1"));
	free(got.body);
}

static void
other_protocols_are_refused(void **state)
{
	static const char *const urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/x",
	    "gopher://127.0.0.1/", "dict://127.0.0.1/" };
	struct http_request r = { .method = "GET" };
	struct answer got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		r.url = urls[i];
		ask(&got, &r);
		assert_int_equal(got.status, 0);
		assert_int_equal(got.len, 0);
		assert_non_null(strstr(got.error, "rotocol"));
		free(got.body);
	}
}

static void
a_long_answer_is_cut_and_still_an_answer(void **state)
{
	static const char head[] = "HTTP/1.1 500 Oh\r\nRetry-After: 3\r\n\r\n";
	size_t len = sizeof head - 1 + 2 * HTTP_ANSWER_MAX;
	char *text = xmalloc(len);
	struct answer got;

	(void)state;
	memset(text, 'a', len);
	memcpy(text, head, sizeof head - 1);
	server->answer = text;
	server->answer_len = len;
	server->act = SERVER_ANSWER_CLOSE;
	ask(&got, NULL);
	assert_int_equal(got.status, 500);
	assert_int_equal(got.len, HTTP_ANSWER_MAX);
	assert_int_equal(got.retry_after, 3 * SEC);
	free(got.body);
	free(text);
}

static void
endless_headers_are_no_answer(void **state)
{
	struct buf text = BUF_INIT(4 << 20);
	struct answer got;
	int i;

	(void)state;
	buf_adds(&text, "HTTP/1.1 200 OK\r\n");
	for (i = 0; i < 6000; i++)
		buf_addf(&text, "X-%d: %0100d\r\n", i, i);
	server->answer = text.data;
	server->answer_len = text.len;
	server->act = SERVER_ANSWER_CLOSE;
	ask(&got, NULL);
	assert_int_equal(got.status, 0);
	assert_true(got.error[0] != '\0');
	free(got.body);
	buf_clear(&text);
}

static void
fail_if_called(void *arg, const struct http_answer *a)
{
	(void)arg;
	(void)a;
	fail();
}

static void
what_was_cancelled_is_silent(void **state)
{
	struct http_request r = { .method = "GET" };
	struct http_call *one;
	struct answer got;
	char url[64];

	(void)state;
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", server->port);
	r.url = url;
	one = http_send(http, &r, fail_if_called, NULL);
	http_cancel(one);
	http_send(http, &r, fail_if_called, NULL);	/* left to http_free() */
	server->act = SERVER_STALL;
	r.total_timeout_ns = SEC / 10;
	ask(&got, &r);
	assert_int_equal(got.status, 0);
	free(got.body);
}

static struct answer second;

static void
send_another(void *arg, const struct http_answer *a)
{
	struct http_request r = { .method = "GET", .url = arg };

	assert_int_equal(a->status, 200);
	http_send(http, &r, on_answer, &second);
	assert_int_equal(second.calls, 0);
}

static void
an_answer_may_lead_to_the_next_request(void **state)
{
	struct http_request r = { .method = "GET" };
	char url[64];

	(void)state;
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", server->port);
	r.url = url;
	memset(&second, 0, sizeof second);
	http_send(http, &r, send_another, url);
	loop_run(loop);
	assert_int_equal(second.status, 200);
	assert_int_equal(server->requests, 2);
	free(second.body);
}

static void
a_unix_socket_is_spoken_to(void **state)
{
	char dir[] = "/tmp/bucketwatch-test-XXXXXX", path[128];
	struct http_request r = { .method = "GET", .url = "http://local/status",
	    .unix_socket = path, .proxy = "http://192.0.2.1:1" };
	struct server *local;
	struct answer got;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	local = server_new(loop, path);
	local->answer = server->answer;
	ask(&got, &r);
	assert_int_equal(got.status, 200);
	assert_non_null(strstr(local->heard.data, "GET /status "));
	free(got.body);
	server_free(local);
	unlink(path);
	rmdir(dir);
}

/* A blocking fetch needs its server in another process. */
static pid_t
serve_in_child(int *port)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		struct loop *mine = loop_new();
		struct server *s = server_new(mine, NULL);

		s->answer = "HTTP/1.1 203 OK\r\nContent-Length: 10\r\n\r\n0123456789";
		if (write(fds[1], &s->port, sizeof s->port) != sizeof s->port)
			_exit(1);
		alarm(20);
		loop_run(mine);
		_exit(0);
	}
	assert_int_equal(read(fds[0], port, sizeof *port), sizeof *port);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

static void
a_fetch_waits_for_its_answer(void **state)
{
	struct http_request r = { .method = "GET" };
	char url[64], *body = NULL;
	int port, status = 0;
	struct err e;
	size_t len;
	pid_t pid = serve_in_child(&port);

	(void)state;
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
	r.url = url;
	assert_int_equal(http_fetch(&r, 100, &status, &body, &len, &e), 0);
	assert_int_equal(status, 203);
	assert_int_equal(len, 10);
	assert_string_equal(body, "0123456789");
	free(body);
	assert_int_equal(http_fetch(&r, 9, &status, &body, &len, &e), -1);
	assert_non_null(strstr(e.msg, "over the limit of 9 bytes"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(http_fetch(&r, 9, &status, &body, &len, &e), -1);
	assert_non_null(strstr(e.msg, "127.0.0.1"));
}

/* -- TLS ---------------------------------------------------------------------------- */

static void
on_readable(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* openssl s_server with a certificate of its own for "localhost"; the port, or -1. */
static int
tls_server(const char *dir, pid_t *pid)
{
	char command[1024], heard[4096], *at;
	struct loop_fd *watch;
	size_t len = 0;
	int fds[2];
	ssize_t n;

	snprintf(command, sizeof command, "cd %s && openssl req -x509 -newkey ec "
	    "-pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 "
	    "-addext subjectAltName=DNS:localhost -keyout key -out cert "
	    ">/dev/null 2>&1", dir);
	if (system(command) != 0)
		return -1;
	assert_int_equal(pipe(fds), 0);
	*pid = fork();
	assert_true(*pid != -1);
	if (*pid == 0) {
		alarm(30);
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		if (freopen("/dev/null", "w", stderr) && chdir(dir) == 0)
			execlp("openssl", "openssl", "s_server", "-accept",
			    "127.0.0.1:0", "-key", "key", "-cert", "cert", "-www",
			    (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	watch = loop_fd_new(loop, fds[0], LOOP_READ, on_readable, NULL);
	do {
		loop_run(loop);
		n = read(fds[0], heard + len, sizeof heard - 1 - len);
		assert_true(n > 0);
		len += (size_t)n;
		heard[len] = '\0';
		at = strstr(heard, "ACCEPT 127.0.0.1:");
	} while (at == NULL || strchr(at, '\n') == NULL);
	loop_fd_free(watch);
	close(fds[0]);
	return atoi(at + 17);
}

static void
a_certificate_must_be_known_and_for_this_host(void **state)
{
	char dir[] = "/tmp/bucketwatch-test-XXXXXX", ca[128], url[128], key[128];
	struct http_request r = { .method = "GET", .url = url };
	struct answer got;
	pid_t pid = 0;
	int port;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(ca, sizeof ca, "%s/cert", dir);
	snprintf(key, sizeof key, "%s/key", dir);
	port = tls_server(dir, &pid);
	if (port == -1) {
		rmdir(dir);
		print_message("# no openssl command: TLS is not tried\n");
		skip();
	}
	snprintf(url, sizeof url, "https://localhost:%d/", port);
	ask(&got, &r);			/* signed by nobody we know */
	assert_int_equal(got.status, 0);
	assert_non_null(strstr(got.error, "certificate"));
	free(got.body);
	r.ca_file = ca;
	ask(&got, &r);
	assert_int_equal(got.status, 200);
	free(got.body);
	snprintf(url, sizeof url, "https://127.0.0.1:%d/", port);
	ask(&got, &r);			/* known, but another's */
	assert_int_equal(got.status, 0);
	assert_non_null(strstr(got.error, "127.0.0.1"));
	free(got.body);
	r.ca_file = "/nonexistent/ca.pem";
	ask(&got, &r);
	assert_int_equal(got.status, 0);
	free(got.body);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(ca);
	unlink(key);
	rmdir(dir);
}

static void
retry_after_is_seconds_or_a_date(void **state)
{
	static const int64_t now = 1768464750 * SEC;	/* 2026-01-15 08:12:30 */
	static const struct { const char *text; int64_t wait; } cases[] = {
		{ "0", 0 }, { "120", 120 * SEC }, { " 5 \r\n", 5 * SEC },
		{ "3600", 3600 * SEC }, { "3601", 3600 * SEC },
		{ "99999999999999999999999999", 3600 * SEC },
		{ "Thu, 15 Jan 2026 08:13:00 GMT", 30 * SEC },
		{ "Thursday, 15-Jan-26 08:13:00 GMT", 30 * SEC },
		{ "Thu Jan 15 08:13:00 2026", 30 * SEC },
		{ "Thu, 15 Jan 2026 08:00:00 GMT", 0 },
		{ "Thu, 15 Jan 2027 08:00:00 GMT", 3600 * SEC },
		{ "", -1 }, { "-5", -1 }, { "1.5", -1 }, { "5 minutes", -1 },
		{ "soon", -1 }, { "0x10", -1 }, { "jan", -1 },
		{ "12345678901234567890123456789012345678901234567890123456789012345",
		    -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (http_retry_after(cases[i].text, strlen(cases[i].text), now) !=
		    cases[i].wait)
			fail_msg("'%s' -> %lld", cases[i].text,
			    (long long)http_retry_after(cases[i].text,
			    strlen(cases[i].text), now));
}

static void
a_url_says_where_it_leads(void **state)
{
	static const struct {
		const char *url;
		int rc, https, loopback;
		const char *host;
	} cases[] = {
		{ "https://hooks.example.com/a/b?c", 0, 1, 0, "hooks.example.com" },
		{ "https://user:pass@h.example:8443/x", 0, 1, 0, "h.example:8443" },
		{ "http://localhost:80/", 0, 0, 1, "localhost:80" },
		{ "http://127.0.0.1/", 0, 0, 1, "127.0.0.1" },
		{ "http://127.1.2.3:9/", 0, 0, 1, "127.1.2.3:9" },
		{ "http://[::1]:8080/", 0, 0, 1, "[::1]:8080" },
		{ "http://127.evil.example/", 0, 0, 0, "127.evil.example" },
		{ "http://localhost.evil.example/", 0, 0, 0,
		    "localhost.evil.example" },
		{ "http://127.0.0.1@evil.example/", 0, 0, 0, "evil.example" },
		{ "HTTPS://H.example/", 0, 1, 0, "H.example" },
		{ "ftp://example.com/", -1, 0, 0, "" },
		{ "file:///etc/passwd", -1, 0, 0, "" },
		{ "hooks.example.com/secret", -1, 0, 0, "" },
		{ "https://", -1, 0, 0, "" },
		{ "https://exa mple/secret", -1, 0, 0, "" },
		{ "https://h.example/secret\nX: y", -1, 0, 0, "" },
		{ "", -1, 0, 0, "" },
	};
	struct http_url got;
	struct err e;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		e.msg[0] = '\0';
		rc = http_url_read(cases[i].url, &got, &e);
		if (rc != cases[i].rc)
			fail_msg("%s: %d %s", cases[i].url, rc, e.msg);
		assert_null(strstr(e.msg, "secret"));
		if (rc == -1)
			continue;
		assert_int_equal(got.https, cases[i].https);
		assert_int_equal(got.loopback, cases[i].loopback);
		assert_string_equal(got.host, cases[i].host);
	}
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_answer_comes_with_status_and_body),
		T(connections_are_used_again),
		T(each_status_is_told_and_redirects_are_not_followed),
		T(what_breaks_off_is_no_answer),
		T(nobody_there_is_told),
		T(other_protocols_are_refused),
		T(a_long_answer_is_cut_and_still_an_answer),
		T(endless_headers_are_no_answer),
		T(what_was_cancelled_is_silent),
		T(an_answer_may_lead_to_the_next_request),
		T(a_unix_socket_is_spoken_to),
		T(a_certificate_must_be_known_and_for_this_host),
		cmocka_unit_test(a_fetch_waits_for_its_answer),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(a_url_says_where_it_leads),
	};

	signal(SIGPIPE, SIG_IGN);
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("ALL_PROXY");
	unsetenv("all_proxy");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
