/*
 * libcurl's multi interface on the loop: curl names the sockets and the time it waits
 * for, libevent watches them. See http.h.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/http.h"

struct http {
	struct loop	*loop;
	CURLM		*multi;
	struct loop_timer *timer;	/* when curl wants to be called without a socket */
	struct http_socket *sockets;
	struct http_call *calls;
};

/* A socket of curl's that the loop watches. */
struct http_socket {
	struct http	*http;
	curl_socket_t	 fd;
	struct event	*event;
	struct http_socket *next, **prev;
};

/* A request on its way, with what has come of its answer. */
struct http_call {
	struct http	*http;		/* NULL: http_fetch() */
	CURL		*easy;
	struct curl_slist *headers;
	struct buf	 body;
	size_t		 header_bytes;
	int		 cut;		/* the answer was broken off by us: full */
	int		 too_long;	/* the same, headers: no answer then */
	int64_t		 retry_after;
	char		 error[CURL_ERROR_SIZE];
	void		(*fn)(void *, const struct http_answer *);
	void		*arg;
	struct http_call *next, **prev;
};

static int	on_socket(CURL *, curl_socket_t, int, void *, void *);
static int	on_timer(CURLM *, long, void *);
static void	on_due(void *);
static void	on_ready(evutil_socket_t, short, void *);

struct http *
http_new(struct loop *loop)
{
	struct http *h = xcalloc(1, sizeof *h);

	/* Counted by curl itself; undone in http_free(). */
	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->loop = loop;
	h->timer = loop_timer_new(loop, on_due, h);
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		abort();	/* out of memory */
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	return h;
}

static void
socket_free(struct http_socket *s)
{
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	if (s->event)
		event_free(s->event);
	free(s);
}

static void
call_free(struct http_call *c)
{
	if (c->prev) {
		*c->prev = c->next;
		if (c->next)
			c->next->prev = c->prev;
	}
	if (c->http && c->easy)
		curl_multi_remove_handle(c->http->multi, c->easy);
	if (c->easy)
		curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	buf_clear(&c->body);
	free(c);
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	while (h->calls)
		call_free(h->calls);
	curl_multi_cleanup(h->multi);
	while (h->sockets)
		socket_free(h->sockets);
	loop_timer_free(h->timer);
	free(h);
	curl_global_cleanup();
}

void
http_cancel(struct http_call *c)
{
	if (c)
		call_free(c);
}

/* -- what curl wants to wait for ------------------------------------------------ */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http *h = arg;
	struct http_socket *s = socket_arg;
	short events = EV_PERSIST;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s) {
			curl_multi_assign(h->multi, fd, NULL);
			socket_free(s);
		}
		return 0;
	}
	if (s == NULL) {
		s = xcalloc(1, sizeof *s);
		s->http = h;
		s->fd = fd;
		s->next = h->sockets;
		s->prev = &h->sockets;
		if (s->next)
			s->next->prev = &s->next;
		h->sockets = s;
		curl_multi_assign(h->multi, fd, s);
	}
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if (s->event)
		event_free(s->event);
	s->event = event_new(loop_base(h->loop), fd, events, on_ready, s);
	if (s->event == NULL || event_add(s->event, NULL) == -1)
		abort();	/* out of memory */
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http *h = arg;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_cancel(h->timer);
	else
		loop_timer_arm(h->timer, timeout_ms * 1000000LL);
	return 0;
}

/* -- what came of it ------------------------------------------------------------ */

/*
 * Error text: curl's own sentence for this transfer, or its general one. Neither has
 * the URL's path in it.
 */
static const char *
call_error(const struct http_call *c, CURLcode code)
{
	if (c->too_long)
		return "the answer's headers do not end";
	return c->error[0] ? c->error : curl_easy_strerror(code);
}

static void
call_done(struct http_call *c, CURLcode code)
{
	struct http_answer answer = { 0 };
	long status = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	answer.retry_after_ns = -1;
	if (code == CURLE_OK || c->cut) {
		answer.status = (int)status;
		answer.body = buf_text(&c->body);
		answer.body_len = c->body.len;
		answer.retry_after_ns = c->retry_after;
	}
	if (answer.status == 0) {
		answer.error = call_error(c, code);
		answer.body = "";
		answer.body_len = 0;
	}
	/* fn may send again, but must find this one out of curl's hands. */
	curl_multi_remove_handle(c->http->multi, c->easy);
	curl_easy_cleanup(c->easy);
	c->easy = NULL;
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->prev = NULL;
	c->fn(c->arg, &answer);
	call_free(c);
}

static void
http_reap(struct http *h)
{
	CURLMsg *msg;
	struct http_call *c;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left))) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &c);
		call_done(c, msg->data.result);
	}
}

static void
on_due(void *arg)
{
	struct http *h = arg;
	int running;

	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	http_reap(h);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = ((struct http_socket *)arg)->http;
	int running, bits = 0;

	if (what & EV_READ)
		bits |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		bits |= CURL_CSELECT_OUT;
	curl_multi_socket_action(h->multi, fd, bits, &running);
	http_reap(h);
}

/* -- the answer ----------------------------------------------------------------- */

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;

	if (buf_add(&c->body, p, size * n) == 0)
		return size * n;
	c->cut = 1;
	return 0;	/* enough; curl breaks off */
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	static const char name[] = "retry-after:";
	struct http_call *c = arg;
	size_t len = size * n;

	c->header_bytes += len;
	if (c->header_bytes > HTTP_HEADERS_MAX) {
		c->too_long = 1;
		return 0;
	}
	if (len > 5 && strncasecmp(p, "HTTP/", 5) == 0)
		c->retry_after = -1;	/* what was before was a 1xx */
	if (len > sizeof name - 1 && strncasecmp(p, name, sizeof name - 1) == 0)
		c->retry_after = http_retry_after(p + sizeof name - 1,
		    len - (sizeof name - 1), clock_wall());
	return len;
}

int64_t
http_retry_after(const char *value, size_t len, int64_t now)
{
	char text[64];
	int64_t wait = 0;
	time_t at;
	size_t i;

	while (len && strchr(" \t", *value))
		value++, len--;
	while (len && strchr(" \t\r\n", value[len - 1]))
		len--;
	if (len == 0 || len >= sizeof text)
		return -1;
	memcpy(text, value, len);
	text[len] = '\0';
	if (strlen(text) != len)
		return -1;
	if (strspn(text, "0123456789") == len) {
		for (i = 0; i < len && wait <= HTTP_RETRY_AFTER_MAX; i++)
			wait = wait * 10 + (text[i] - '0') * 1000000000LL;
	} else {
		if (strchr(text, ',') == NULL && strchr(text, ':') == NULL)
			return -1;	/* curl would read "3" or "jan" as dates */
		at = curl_getdate(text, NULL);
		if (at == -1)
			return -1;
		if (at > INT64_MAX / 1000000000LL)
			return HTTP_RETRY_AFTER_MAX;
		wait = at * 1000000000LL - now;
	}
	if (wait < 0)
		return 0;
	return wait > HTTP_RETRY_AFTER_MAX ? HTTP_RETRY_AFTER_MAX : wait;
}

/* -- the request ---------------------------------------------------------------- */

static void
must(CURLcode code)
{
	if (code == CURLE_OUT_OF_MEMORY)
		abort();
	assert(code == CURLE_OK);
}

static void
call_header(struct http_call *c, const char *line)
{
	struct curl_slist *more = curl_slist_append(c->headers, line);

	if (more == NULL)
		abort();	/* out of memory */
	c->headers = more;
}

static long
milliseconds(int64_t ns, int64_t fallback)
{
	if (ns <= 0)
		ns = fallback;
	return (long)((ns + 999999) / 1000000);
}

static struct http_call *
call_new(const struct http_request *r, size_t max)
{
	struct http_call *c = xcalloc(1, sizeof *c);
	const char *const *line;
	CURL *easy;

	c->body = (struct buf)BUF_INIT(max);
	c->retry_after = -1;
	c->easy = easy = curl_easy_init();
	if (easy == NULL)
		abort();	/* out of memory */
	must(curl_easy_setopt(easy, CURLOPT_PRIVATE, c));
	must(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->error));
	must(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
	must(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
	must(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
	must(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L));
	must(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L));
	must(curl_easy_setopt(easy, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2));
	must(curl_easy_setopt(easy, CURLOPT_USERAGENT, "bucketwatch"));
	must(curl_easy_setopt(easy, CURLOPT_URL, r->url));
	if (r->unix_socket) {
		must(curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
		    r->unix_socket));
		must(curl_easy_setopt(easy, CURLOPT_PROXY, ""));
	} else if (r->proxy) {
		must(curl_easy_setopt(easy, CURLOPT_PROXY, r->proxy));
	}
	if (r->ca_file)
		must(curl_easy_setopt(easy, CURLOPT_CAINFO, r->ca_file));
	must(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    milliseconds(r->connect_timeout_ns, HTTP_CONNECT_TIMEOUT)));
	must(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
	    milliseconds(r->total_timeout_ns, HTTP_TOTAL_TIMEOUT)));
	must(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body));
	must(curl_easy_setopt(easy, CURLOPT_WRITEDATA, c));
	must(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header));
	must(curl_easy_setopt(easy, CURLOPT_HEADERDATA, c));

	if (r->body || strcmp(r->method, "POST") == 0) {
		must(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)(r->body ? r->body_len : 0)));
		must(curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
		    r->body ? r->body : ""));
		call_header(c, "Expect:");	/* no waiting for a 100 */
	}
	if (strcmp(r->method, "HEAD") == 0)
		must(curl_easy_setopt(easy, CURLOPT_NOBODY, 1L));
	else if (strcmp(r->method, r->body ? "POST" : "GET") != 0 &&
	    strcmp(r->method, "POST") != 0)
		must(curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method));
	for (line = r->headers; line && *line; line++)
		call_header(c, *line);
	must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, c->headers));
	return c;
}

struct http_call *
http_send(struct http *h, const struct http_request *r,
    void (*fn)(void *, const struct http_answer *), void *arg)
{
	struct http_call *c = call_new(r, HTTP_ANSWER_MAX);

	c->http = h;
	c->fn = fn;
	c->arg = arg;
	c->next = h->calls;
	c->prev = &h->calls;
	if (c->next)
		c->next->prev = &c->next;
	h->calls = c;
	/* Only arms the timer; curl starts when the loop calls on_due(). */
	if (curl_multi_add_handle(h->multi, c->easy) != CURLM_OK)
		abort();	/* out of memory, or a fault of ours */
	return c;
}

int
http_fetch(const struct http_request *r, size_t max, int *status, char **body,
    size_t *len, struct err *e)
{
	struct http_call *c;
	CURLcode code;
	long answered = 0;
	int rc = -1;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	c = call_new(r, max);
	code = curl_easy_perform(c->easy);
	if (c->cut) {
		err_set(e, "the answer is over the limit of %zu bytes", max);
		goto out;
	}
	if (code != CURLE_OK) {
		err_set(e, "%s", call_error(c, code));
		goto out;
	}
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &answered);
	*status = (int)answered;
	*len = c->body.len;
	*body = buf_take(&c->body);
	rc = 0;
out:
	call_free(c);
	curl_global_cleanup();
	return rc;
}

/* -- URLs ----------------------------------------------------------------------- */

static int
is_loopback(const char *host)
{
	size_t len = strlen(host);

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return 1;
	/* An address, not a name that begins like one. */
	return strncmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") == len;
}

int
http_url_read(const char *url, struct http_url *out, struct err *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;
	CURLUcode code;
	int rc = -1;

	memset(out, 0, sizeof *out);
	if (u == NULL)
		abort();	/* out of memory */
	code = curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	if (code == CURLUE_BAD_SCHEME || (code == CURLUE_OK &&
	    (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)))) {
		err_set(e, "the URL does not begin with https:// or http://");
		goto out;
	}
	if (code != CURLUE_OK) {
		err_set(e, "this is no URL: %s", curl_url_strerror(code));
		goto out;
	}
	if (curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    host[0] == '\0') {
		err_set(e, "the URL names no host");
		goto out;
	}
	curl_url_get(u, CURLUPART_PORT, &port, 0);
	out->https = strcmp(scheme, "https") == 0;
	out->loopback = is_loopback(host);
	snprintf(out->host, sizeof out->host, "%s%s%s", host, port ? ":" : "",
	    port ? port : "");
	rc = 0;
out:
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return rc;
}
