/*
 * A generic webhook: the alert's JSON by POST. The URL is a secret (whoever knows it
 * can post there), so it appears in no message; nor do other secrets when the server
 * says them back. The header webhook-id is the delivery's id, the same at every
 * attempt, so that the receiver can drop what it has already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "output/kind.h"

#define ANSWER_SHOWN 200	/* bytes of an answer that are told */
#define HEADERS_MAX 32
#define HEADER_BYTES_MAX 8192
#define SECRET_LEAST 6		/* shorter parts of a URL hide nothing */

struct output_to_webhook {
	struct output	 common;
	/* options */
	char		*url;
	char		*authorization;
	char		**headers;
	char		*ca_file;
	int		 allow_http;
	int64_t		 timeout;
	/* the send under way */
	struct http_call *call;
};

static const struct option options[] = {
	OUTPUT_OPTIONS,
	{ .key = "url", .type = OPTION_SECRET, .required = 1,
	    .offset = offsetof(struct output_to_webhook, url) },
	{ .key = "authorization", .type = OPTION_SECRET,
	    .offset = offsetof(struct output_to_webhook, authorization) },
	{ .key = "headers", .type = OPTION_LIST,
	    .offset = offsetof(struct output_to_webhook, headers) },
	{ .key = "timeout", .type = OPTION_DURATION, .fallback = "15s",
	    .min = NS_PER_SEC / 10, .max = 300 * NS_PER_SEC,
	    .offset = offsetof(struct output_to_webhook, timeout) },
	{ .key = "ca_file", .type = OPTION_STRING,
	    .offset = offsetof(struct output_to_webhook, ca_file) },
	{ .key = "allow_http", .type = OPTION_BOOL, .fallback = "false",
	    .offset = offsetof(struct output_to_webhook, allow_http) },
	{ .key = NULL }
};

/* Headers that are ours or HTTP's own. */
static const char *const headers_kept[] = {
	"content-type", "content-length", "transfer-encoding", "connection", "host",
	"expect", "webhook-id", NULL
};

/* -- what the config says ---------------------------------------------------------- */

/* Visible characters and blanks: nothing that could begin another header. */
static int
header_text_ok(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return 0;
	return 1;
}

/* What is wrong with a "Name: value", or NULL. Its text is never in the message. */
static const char *
header_mistake(const char *line)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
	size_t len = strspn(line, token), i;

	if (len == 0 || line[len] != ':')
		return "a header must be written as \"Name: value\"";
	if (strlen(line) > HEADER_BYTES_MAX)
		return "the header is too long";
	if (!header_text_ok(line))
		return "a header cannot hold control characters";
	if (line[len + 1 + strspn(line + len + 1, " \t")] == '\0')
		return "the header has no value";
	for (i = 0; headers_kept[i]; i++)
		if (strlen(headers_kept[i]) == len &&
		    strncasecmp(headers_kept[i], line, len) == 0)
			return "this header is set by bucketwatch itself";
	return NULL;
}

static int
check_headers(const struct output_to_webhook *w, const struct yaml *y,
    const struct yaml_node *node, struct errs *es)
{
	const char *wrong;
	size_t i;
	int rc = 0;

	for (i = 0; w->headers && w->headers[i]; i++) {
		wrong = header_mistake(w->headers[i]);
		if (wrong)
			rc = output_mistake(es, y, node, "headers", "header %zu: "
			    "%s", i + 1, wrong);
	}
	if (i > HEADERS_MAX)
		rc = output_mistake(es, y, node, "headers", "there can be %d "
		    "headers", HEADERS_MAX);
	if (w->authorization && (!header_text_ok(w->authorization) ||
	    strlen(w->authorization) > HEADER_BYTES_MAX))
		rc = output_mistake(es, y, node, "authorization", "authorization "
		    "must be one line of at most %d bytes", HEADER_BYTES_MAX);
	return rc;
}

/*
 * Where a message may say it goes: the host and, when the rest is long enough to stay
 * a secret all the same, its last 4 characters.
 */
static void
set_address(struct output_to_webhook *w, const struct http_url *url)
{
	const char *rest = strstr(w->url, "://");
	char text[sizeof w->common.address];
	size_t len;

	rest = rest ? rest + 3 : w->url;
	rest += strcspn(rest, "/?#");
	len = strlen(rest);
	snprintf(text, sizeof text, "%s%s%s", url->host, len >= 16 ? " ..." : "",
	    len >= 16 ? rest + len - 4 : "");
	text_printable(w->common.address, sizeof w->common.address, text,
	    strlen(text));
}

static int
webhook_check(struct output *o, const struct yaml *y,
    const struct yaml_node *node, struct errs *es)
{
	struct output_to_webhook *w = (struct output_to_webhook *)o;
	struct http_url url;
	struct err e;
	const char *key = yaml_get(node, "url") ? "url" :
	    yaml_get(node, "url_file") ? "url_file" : "url_env";
	int rc = check_headers(w, y, node, es);

	if (w->url == NULL)
		return rc;
	if (http_url_read(w->url, &url, &e) == -1)
		return output_mistake(es, y, node, key, "%s", e.msg);
	if (!url.https && !url.loopback && !w->allow_http)
		rc = output_mistake(es, y, node, key, "http:// to another machine "
		    "would show alerts and secrets to the network: use https://, or "
		    "set allow_http: true");
	set_address(w, &url);
	return rc;
}

/* -- what must not be said --------------------------------------------------------- */

/* Puts '*' over every place where the secret stands in text. */
static void
hide(char *text, size_t len, const char *secret, size_t n)
{
	char *p = text;

	if (n < SECRET_LEAST)
		return;
	while ((p = memmem(p, len - (size_t)(p - text), secret, n))) {
		memset(p, '*', n);
		p += n;
	}
}

/* The same for each word of it, as a server may say back only a part. */
static void
hide_words(char *text, size_t len, const char *secret)
{
	static const char between[] = "/?&=#@:;, \t";
	size_t n;

	while (*secret) {
		n = strcspn(secret, between);
		hide(text, len, secret, n);
		secret += n;
		secret += strspn(secret, between);
	}
}

/*
 * The start of an answer, printable, without any secret of ours that the server may
 * have put into it ("the URL /services/... was not found").
 */
static void
answer_text(const struct output_to_webhook *w, const struct http_answer *a,
    char *out, size_t size)
{
	const char *rest = strstr(w->url, "://");
	char *text = xstrndup(a->body, a->body_len), *p;
	size_t len = strlen(text), i;

	/* The host is no secret; what stands before an @ and behind it all is. */
	rest = rest ? rest + 3 : w->url;
	i = strcspn(rest, "/?#");
	p = memrchr(rest, '@', i);
	if (p) {
		p = xstrndup(rest, (size_t)(p - rest));
		hide_words(text, len, p);
		free(p);
	}
	hide_words(text, len, rest + i);
	if (w->authorization)
		hide_words(text, len, w->authorization);
	for (i = 0; w->headers && w->headers[i]; i++)
		hide_words(text, len, strchr(w->headers[i], ':') + 1);
	while (len && strchr(" \r\n\t", text[len - 1]))
		len--;
	text_printable(out, size, text, len);
	free(text);
}

/* -- sending ----------------------------------------------------------------------- */

static int
worth_retrying(int status)
{
	return status == 408 || status == 425 || status == 429 || status >= 500;
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct output_to_webhook *w = arg;
	struct output *o = &w->common;
	char text[ANSWER_SHOWN + 1];

	w->call = NULL;
	if (a->status == 0) {
		output_done(o, FATE_RETRY, -1, "%s: %s", o->address, a->error);
		return;
	}
	if (a->status >= 200 && a->status < 300) {
		output_sent(o);
		return;
	}
	answer_text(w, a, text, sizeof text);
	output_done(o, worth_retrying(a->status) ? FATE_RETRY : FATE_REFUSED,
	    worth_retrying(a->status) ? a->retry_after_ns : -1,
	    "%s: status %d%s%s%s", o->address, a->status,
	    a->status >= 300 && a->status < 400 ? ": redirects are not followed" : "",
	    *text ? ": " : "", text);
}

static void
webhook_send(struct output *o, const struct output_message *m, size_t n)
{
	struct output_to_webhook *w = (struct output_to_webhook *)o;
	const char *lines[HEADERS_MAX + 8];
	char *id = xasprintf("webhook-id: %s", m->delivery_id), *auth = NULL;
	struct http_request r = { .method = "POST", .url = w->url,
	    .headers = lines, .body = m->json, .body_len = m->len,
	    .ca_file = w->ca_file, .total_timeout_ns = w->timeout };
	size_t i, k = 0;

	(void)n;	/* one at a time */
	lines[k++] = "Content-Type: application/json";
	lines[k++] = id;
	if (w->authorization) {
		auth = xasprintf("Authorization: %s", w->authorization);
		lines[k++] = auth;
	}
	for (i = 0; w->headers && w->headers[i]; i++)
		lines[k++] = w->headers[i];
	lines[k] = NULL;
	w->call = http_send(o->host.http, &r, on_answer, w);
	free(id);
	free(auth);
}

static void
webhook_stop(struct output *o)
{
	struct output_to_webhook *w = (struct output_to_webhook *)o;

	http_cancel(w->call);
}

const struct output_kind output_webhook = {
	.name = "webhook",
	.size = sizeof(struct output_to_webhook),
	.options = options,
	.check = webhook_check,
	.stop = webhook_stop,
	.send = webhook_send,
};
