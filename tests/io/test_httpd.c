/*
 * io/httpd over its unix socket, asked by plain sockets on the same loop.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "io/http.h"
#include "io/httpd.h"

#define SEC 1000000000LL

static struct loop *loop;
static struct loop_timer *patience;
static char dir[64], path[128];

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
	strcpy(dir, "/tmp/bucketwatch-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/control", dir);
	loop = loop_new();
	patience = loop_timer_new(loop, on_patience, NULL);
	loop_timer_arm(patience, 20 * SEC);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	loop_timer_free(patience);
	loop_free(loop);
	unlink(path);
	rmdir(dir);
	return 0;
}

/* Says back what it was asked. */
static void
echo(void *arg, const char *method, const char *asked, const char *body,
    size_t len, struct httpd_reply *reply)
{
	(*(int *)arg)++;
	if (strcmp(asked, "/none") == 0)
		reply->status = 404;
	if (strcmp(asked, "/text") == 0)
		reply->type = "text/plain";
	if (strcmp(asked, "/long") == 0)
		while (buf_add(&reply->body, body, len ? len : 1) == 0)
			;
	else
		buf_addf(&reply->body, "%s %s %zu %.*s", method, asked, len,
		    (int)len, body);
}

/* -- a client that sends given bytes and reads to the end ----------------------- */

struct client {
	int		 fd;
	struct loop_fd	*watch;
	struct buf	 got;
};

static void
on_client(void *arg)
{
	struct client *c = arg;
	char piece[65536];
	ssize_t n = recv(c->fd, piece, sizeof piece, MSG_DONTWAIT);

	if (n == -1 && errno == EAGAIN)
		return;
	if (n > 0)
		buf_add(&c->got, piece, (size_t)n);
	else
		loop_stop(loop);
}

static char *
raw(const char *request, size_t len)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct client c = { .got = BUF_INIT(256 << 20) };

	strcpy(sun.sun_path, path);
	c.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c.fd, (struct sockaddr *)&sun, sizeof sun), 0);
	assert_true(send(c.fd, request, len, MSG_NOSIGNAL) == (ssize_t)len);
	c.watch = loop_fd_new(loop, c.fd, LOOP_READ, on_client, &c);
	loop_run(loop);
	loop_fd_free(c.watch);
	close(c.fd);
	return buf_take(&c.got);
}

static void
requests_are_answered(void **state)
{
	static const struct { const char *request, *status, *body; } cases[] = {
		{ "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		    "HTTP/1.1 200 ", "\r\n\r\nGET /status 0 " },
		{ "GET /a%20b?x=/y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		    "HTTP/1.1 200 ", "\r\n\r\nGET /a%20b 0 " },
		{ "POST /send HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		    "Content-Length: 5\r\n\r\nhello", "HTTP/1.1 200 ",
		    "\r\n\r\nPOST /send 5 hello" },
		{ "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		    "HTTP/1.1 404 ", "\r\n\r\nGET /none 0 " },
	};
	struct httpd *h;
	struct err e;
	char *got;
	int asked = 0;
	size_t i;

	(void)state;
	h = httpd_unix(loop, path, echo, &asked, &e);
	assert_non_null(h);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		got = raw(cases[i].request, strlen(cases[i].request));
		if (strncmp(got, cases[i].status, strlen(cases[i].status)) != 0 ||
		    strstr(got, cases[i].body) == NULL)
			fail_msg("%s\n->\n%s", cases[i].request, got);
		assert_non_null(strstr(got, "Content-Type: application/json\r\n"));
		free(got);
	}
	assert_int_equal(asked, 4);
	httpd_free(h);
}

static void
what_is_not_asked_properly_never_arrives(void **state)
{
	static const char *const requests[] = {
		"DELETE /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"PUT /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		    "Content-Length: 0\r\n\r\n",
		"nonsense\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		    "Content-Length: 1048577\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		    "Content-Length: -1\r\n\r\n",
	};
	struct buf big = BUF_INIT(1 << 20);
	struct httpd *h;
	struct err e;
	int asked = 0;
	char *got;
	size_t i;

	(void)state;
	h = httpd_unix(loop, path, echo, &asked, &e);
	assert_non_null(h);
	for (i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		got = raw(requests[i], strlen(requests[i]));
		assert_null(strstr(got, " 200 "));
		free(got);
	}
	buf_adds(&big, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
	for (i = 0; i < 400; i++)
		buf_addf(&big, "X-%zu: %0100d\r\n", i, 0);
	buf_adds(&big, "\r\n");
	got = raw(big.data, big.len);
	assert_null(strstr(got, " 200 "));
	free(got);
	buf_clear(&big);
	assert_int_equal(asked, 0);
	httpd_free(h);
}

static void
an_answer_over_the_limit_is_an_error_not_a_half(void **state)
{
	struct buf r = BUF_INIT(4 << 20);
	struct httpd *h;
	struct err e;
	int asked = 0;
	char *got;
	size_t i;

	(void)state;
	h = httpd_unix(loop, path, echo, &asked, &e);
	buf_adds(&r, "POST /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "Content-Length: 65536\r\n\r\n");
	for (i = 0; i < 65536; i++)
		buf_addc(&r, 'a');
	got = raw(r.data, r.len);
	assert_int_equal(strncmp(got, "HTTP/1.1 500 ", 13), 0);
	free(got);
	buf_clear(&r);
	httpd_free(h);
}

static void
the_socket_is_its_owners_and_goes_with_the_server(void **state)
{
	struct httpd *h;
	struct stat st;
	struct err e;
	mode_t old = umask(0);
	int asked = 0;

	(void)state;
	h = httpd_unix(loop, path, echo, &asked, &e);
	umask(old);
	assert_non_null(h);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	httpd_free(h);
	assert_int_equal(stat(path, &st), -1);
}

static void
a_live_socket_is_refused_and_a_stale_one_replaced(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct httpd *one, *two;
	struct stat st;
	struct err e;
	int asked = 0, fd;

	(void)state;
	one = httpd_unix(loop, path, echo, &asked, &e);
	assert_non_null(one);
	assert_null(httpd_unix(loop, path, echo, &asked, &e));
	assert_non_null(strstr(e.msg, "another process answers there"));
	assert_int_equal(stat(path, &st), 0);
	httpd_free(one);

	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	close(fd);		/* a stale one: bound, nobody listens */
	one = httpd_unix(loop, path, echo, &asked, &e);
	assert_non_null(one);

	/* Another's socket under our name is not unlinked. */
	unlink(path);
	two = httpd_unix(loop, path, echo, &asked, &e);
	assert_non_null(two);
	httpd_free(one);
	assert_int_equal(stat(path, &st), 0);
	httpd_free(two);
}

static void
what_is_no_socket_stays(void **state)
{
	struct stat st;
	struct err e;
	char far[256];
	int asked = 0;
	FILE *f = fopen(path, "w");

	(void)state;
	fputs("precious", f);
	fclose(f);
	assert_null(httpd_unix(loop, path, echo, &asked, &e));
	assert_non_null(strstr(e.msg, "no socket"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 8);

	memset(far, 'a', sizeof far - 1);
	far[sizeof far - 1] = '\0';
	far[0] = '/';
	assert_null(httpd_unix(loop, far, echo, &asked, &e));
	assert_non_null(strstr(e.msg, "107 bytes"));
	snprintf(far, sizeof far, "%s/no/such/folder", dir);
	assert_null(httpd_unix(loop, far, echo, &asked, &e));
	assert_non_null(strstr(e.msg, "No such file"));
}

static int status;

static void
on_answer(void *arg, const struct http_answer *a)
{
	(void)arg;
	status = a->status;
	assert_string_equal(a->body, "GET /status 0 ");
	loop_stop(loop);
}

static void
our_client_and_our_server_understand_each_other(void **state)
{
	struct http_request r = { .method = "GET", .unix_socket = path,
	    .url = "http://bucketwatch/status" };
	struct http *http = http_new(loop);
	struct httpd *h;
	struct err e;
	int asked = 0;

	(void)state;
	h = httpd_unix(loop, path, echo, &asked, &e);
	http_send(http, &r, on_answer, NULL);
	loop_run(loop);
	assert_int_equal(status, 200);
	http_free(http);
	httpd_free(h);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(requests_are_answered),
		T(what_is_not_asked_properly_never_arrives),
		T(an_answer_over_the_limit_is_an_error_not_a_half),
		T(the_socket_is_its_owners_and_goes_with_the_server),
		T(a_live_socket_is_refused_and_a_stale_one_replaced),
		T(what_is_no_socket_stays),
		T(our_client_and_our_server_understand_each_other),
	};

	signal(SIGPIPE, SIG_IGN);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
