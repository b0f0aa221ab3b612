/*
 * S3 server access log lines. Samples: "guide": Amazon S3 user guide, "Server access log
 * format"; "hand": made here, after the forms that public test data shows.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

#include "base/text.h"
#include "parse/s3access.h"

#define HEAD "o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 r 3E57427F3EXAMPLE "
#define GET HEAD "REST.GET.OBJECT k \"GET /k HTTP/1.1\" "
#define TAIL " - hOsT= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader " \
	"b.s3.eu-west-1.amazonaws.com TLSv1.2"

enum { REQUESTER = 4, REQUEST_ID, OPERATION, KEY, URI, STATUS, ERROR, BYTES,
    SIZE, TOTAL, TURN, REFERER, AGENT, VERSION, HOST_ID, SIGNATURE, CIPHER,
    AUTH, HOST, TLS, ARN, ACL, SOURCE_REGION };

struct split_case {
	const char	*line;
	unsigned	 columns;
	int		 ambiguous;
	struct { int col; const char *text; } is[6];	/* col 0: end */
};

static const struct split_case split_cases[] = {
	/* guide */
	{ "79a5 amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 "
	    "79a5 3E57427F3EXAMPLE REST.GET.VERSIONING - \"GET "
	    "/amzn-s3-demo-bucket1?versioning HTTP/1.1\" 200 - 113 - 7 - \"-\" "
	    "\"S3Console/0.4\" - s9lz= SigV4 ECDHE-RSA-AES128-GCM-SHA256 "
	    "AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 "
	    "arn:aws:s3:us-west-1:123456789012:accesspoint/example-AP Yes "
	    "us-east-1", 27, 0,
	    { { URI, "GET /amzn-s3-demo-bucket1?versioning HTTP/1.1" },
	    { BYTES, "113" }, { REFERER, NULL }, { AGENT, "S3Console/0.4" },
	    { ACL, "Yes" }, { SOURCE_REGION, "us-east-1" } } },
	/* guide: all bare dashes */
	{ "7cd4 b [06/Feb/2019:00:00:38 +0000] - 79a5 e5042925-b524-4b3b-a869-"
	    "f3881e78ff3a S3.COMPUTE.OBJECT.CHECKSUM example-object - - - - "
	    "1048576 - - - - - bPf7== - - - - - - - -", 27, 0,
	    { { URI, NULL }, { STATUS, NULL }, { SIZE, "1048576" },
	    { AGENT, NULL }, { HOST_ID, "bPf7==" } } },
	/* hand: quoted dashes, as S3.EXPIRE writes them, and a version id */
	{ HEAD "S3.EXPIRE.OBJECT 0/k \"-\" - - - 317 - - \"-\" \"-\" qsEq9 "
	    "DMlPb9al - - - - - - -", 26, 0,
	    { { URI, NULL }, { SIZE, "317" }, { AGENT, NULL },
	    { VERSION, "qsEq9" }, { HOST_ID, "DMlPb9al" } } },
	/* hand: before 2012 there was no version id */
	{ "o www.example.com [10/Feb/2012:16:42:07 -0500] 1.2.3.4 r "
	    "EB3502676500C6BE WEBSITE.GET.OBJECT index \"GET /index HTTP/1.1\" "
	    "200 - 368 368 10 9 \"-\" \"Mozilla/5.0 (X11)\"", 17, 0,
	    { { AGENT, "Mozilla/5.0 (X11)" }, { VERSION, NULL } } },
	{ GET "200 - 1 1 1 1 \"-\" \"-\" -", 18, 0, { { VERSION, NULL } } },
	/* hand: two spaces behind the address, a carriage return at the end */
	{ "o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3  r 3E57427F3EXAMPLE "
	    "REST.GET.OBJECT k \"GET /k HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"a\" -\r",
	    18, 0, { { REQUESTER, "r" }, { AGENT, "a" } } },
	/* hand: a requester with spaces */
	{ "o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:aws:sts::1:federated-"
	    "user/Jane van Doe 3E57427F3EXAMPLE REST.GET.OBJECT k \"GET /k "
	    "HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"a\" -", 18, 0,
	    { { REQUESTER, "arn:aws:sts::1:federated-user/Jane van Doe" },
	    { REQUEST_ID, "3E57427F3EXAMPLE" }, { OPERATION, "REST.GET.OBJECT" },
	    { KEY, "k" } } },
	/* hand: an operation that nobody knows yet */
	{ HEAD "NEXT.GET.THING REST.x \"GET /k HTTP/1.1\" 200 - 1 1 1 1 \"-\" "
	    "\"a\" -", 18, 0,
	    { { OPERATION, "NEXT.GET.THING" }, { KEY, "REST.x" } } },
	/* hand: quotes inside the URI, the referer, the agent */
	{ HEAD "REST.GET.OBJECT k \"GET /a\"b\" 200 HTTP/1.1\" 404 NoSuchKey 9 - "
	    "1 - \"-\" \"a\"" TAIL, 24, 1,
	    { { URI, "GET /a\"b\" 200 HTTP/1.1" }, { STATUS, "404" },
	    { AGENT, "a" }, { TLS, "TLSv1.2" } } },
	{ GET "200 - 1 1 1 1 \"http://x/?id=4\"\" \"Mozilla/5.0\" -", 18, 1,
	    { { REFERER, "http://x/?id=4\"" }, { AGENT, "Mozilla/5.0" } } },
	/* hand: an agent shaped like the middle of a record forges nothing */
	{ GET "403 AccessDenied 243 - 4 - \"x\" \"y\" 200 - 1 1 1 1 \"z\" \"evil "
	    "\"quoted\" agent\"" TAIL, 24, 1,
	    { { STATUS, "403" }, { ERROR, "AccessDenied" }, { REFERER, "x" },
	    { AGENT, "y\" 200 - 1 1 1 1 \"z\" \"evil \"quoted\" agent" },
	    { HOST_ID, "hOsT=" }, { TLS, "TLSv1.2" } } },
	/* hand: one of the two is bare */
	{ GET "200 - 1 1 1 1 - \"a b\" v h", 19, 0,
	    { { REFERER, NULL }, { AGENT, "a b" }, { VERSION, "v" } } },
	{ GET "200 - 1 1 1 1 \"r s\" - v h", 19, 0,
	    { { REFERER, "r s" }, { AGENT, NULL }, { VERSION, "v" } } },
	{ GET "200 - 1 1 1 1 \"\" \"\" v", 18, 0,
	    { { REFERER, "" }, { AGENT, "" }, { VERSION, "v" } } },
	{ GET "200 - 1 1 1 1 \" \"\" v", 18, 1, { { VERSION, "v" } } },
	/* hand: a host id with a space in it */
	{ GET "200 - 1 1 1 1 \"-\" \"a\" - hOsT iD= SigV4 C AuthHeader h TLSv1.2 "
	    "- - -", 27, 0,
	    { { HOST_ID, "hOsT iD=" }, { SIGNATURE, "SigV4" }, { CIPHER, "C" },
	    { TLS, "TLSv1.2" }, { SOURCE_REGION, NULL } } },
	/* hand: columns yet to come are passed over */
	{ GET "200 - 1 1 1 1 \"-\" \"a\"" TAIL " - Yes us-east-1 new newer", 29,
	    0, { { ACL, "Yes" }, { SOURCE_REGION, "us-east-1" } } },
	/* hand: a copy's source: bare dashes for the quoted ones */
	{ HEAD "REST.COPY.OBJECT_GET u/f.mp3 - 200 - - 16251603 - - - - -", 18,
	    0, { { KEY, "u/f.mp3" }, { STATUS, "200" }, { SIZE, "16251603" } } },
	/* hand: what OPTIONS asks for */
	{ HEAD "REST.OPTIONS.PREFLIGHT - \"OPTIONS * HTTP/1.1\" 400 - - - 5 - "
	    "\"https://c/\" \"M\" - h= - TLS_X - s3.us-east-2.amazonaws.com "
	    "TLSv1.3 - - -", 27, 0,
	    { { URI, "OPTIONS * HTTP/1.1" }, { KEY, NULL }, { SIGNATURE, NULL },
	    { CIPHER, "TLS_X" } } },
};

/* A copy without anything behind it. */
static char *
exact(const char *s, size_t len)
{
	char *p = malloc(len ? len : 1);

	assert_non_null(p);
	memcpy(p, s, len);
	return p;
}

static int
column_is(const struct s3access_line *l, int col, const char *text)
{
	if (text == NULL)
		return l->col[col].text == NULL;
	return l->col[col].text != NULL && l->col[col].len == strlen(text) &&
	    memcmp(l->col[col].text, text, l->col[col].len) == 0;
}

static void
lines_of_every_age_are_split(void **state)
{
	struct s3access_line l;
	struct err e;
	size_t i, k, len;
	char *line;

	(void)state;
	for (i = 0; i < sizeof split_cases / sizeof split_cases[0]; i++) {
		const struct split_case *c = &split_cases[i];

		len = strlen(c->line);
		line = exact(c->line, len);
		if (s3access_split(line, len, &l, &e) == -1)
			fail_msg("%s: %s", e.msg, c->line);
		if (l.columns != c->columns || l.ambiguous != c->ambiguous)
			fail_msg("%u columns, ambiguous %d: %s", l.columns,
			    l.ambiguous, c->line);
		for (k = 0; k < 6 && c->is[k].col != 0; k++)
			if (!column_is(&l, c->is[k].col, c->is[k].text))
				fail_msg("%s is %.*s in %s",
				    s3access_names[c->is[k].col],
				    (int)l.col[c->is[k].col].len,
				    l.col[c->is[k].col].text, c->line);
		free(line);
	}
}

struct bad_case {
	const char	*line, *why;
};

static const struct bad_case bad_cases[] = {
	{ "", "too few" }, { "o", "too few" }, { "o b", "third field" },
	{ "o b 06/Feb/2019:00:00:38", "third field" },
	{ "o b [06/Foo/2019:00:00:38 +0000] - - - - -", "third field" },
	{ "o b [06/Feb/2019:00:00:38 +0000", "third field" },
	{ "o b [06/Feb/2019:00:00:38 +0000] 1 r", "ends before" },
	{ HEAD "REST.GET.OBJECT k", "ends before" },
	{ HEAD "REST.GET.OBJECT k \"GET /k HTTP/1.1", "no status" },
	{ GET "abc - 1 1 1 1 \"-\" \"-\" -", "no status" },
	{ GET "2000 - 1 1 1 1 \"-\" \"-\" -", "no status" },
	{ GET "200 - x 1 1 1 \"-\" \"-\" -", "no status" },
	{ GET "200 - 1 1 1", "no status" },
	{ HEAD "S3.X k - 200 - 1 y 1 1 - - -", "object_size" },
	{ HEAD "S3.X k - 200 - 1 1 1 1", "ends" },
	{ HEAD "S3.X k - 200 - 1 1 1 1 -", "user agent" },
	{ GET "200 - 1 1 1 1 \"r\"", "user agent" }
};

static void
other_lines_are_refused_with_a_reason(void **state)
{
	struct s3access_line l;
	struct err e;
	size_t i, len;
	char *line;

	(void)state;
	for (i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
		len = strlen(bad_cases[i].line);
		line = exact(bad_cases[i].line, len);
		if (s3access_split(line, len, &l, &e) != -1)
			fail_msg("taken: %s", bad_cases[i].line);
		if (strstr(e.msg, bad_cases[i].why) == NULL)
			fail_msg("%s: %s", e.msg, bad_cases[i].line);
		free(line);
	}
}

static void
line_over_the_limit_is_refused(void **state)
{
	static const char head[] = GET "200 - 1 1 1 1 \"-\" \"";
	size_t len = S3ACCESS_LINE_MAX;
	char *line = malloc(len + 1);
	struct s3access_line l;
	struct err e;

	(void)state;
	assert_non_null(line);
	memset(line, 'a', len + 1);
	memcpy(line, head, sizeof head - 1);
	line[len - 1] = line[len] = '"';
	assert_int_equal(s3access_split(line, len, &l, &e), 0);
	assert_int_equal(l.columns, 17);
	assert_int_equal(s3access_split(line, len + 1, &l, &e), -1);
	free(line);
}

/* Every cut of every sample, and every byte of it changed. */
static void
damaged_lines_are_parsed_or_refused(void **state)
{
	static const char bytes[] = "\" -]\\\xff";
	struct s3access_line l;
	struct arena *a = arena_new();
	const char *common[COMMON_COUNT];
	struct err e;
	size_t i, n, b, len;

	(void)state;
	for (i = 0; i < sizeof split_cases / sizeof split_cases[0]; i++) {
		len = strlen(split_cases[i].line);
		for (n = 0; n < len; n++) {
			char *cut = exact(split_cases[i].line, n);

			s3access_split(cut, n, &l, &e);
			free(cut);
			cut = exact(split_cases[i].line, len);
			for (b = 0; b < sizeof bytes; b++) {
				cut[n] = bytes[b];
				if (s3access_split(cut, len, &l, &e) == -1)
					continue;
				s3access_common(&l, a, common);
				s3access_json(&l, a);
			}
			free(cut);
			arena_reset(a);
		}
	}
	arena_free(a);
}

struct time_case {
	const char	*text, *rfc3339;	/* NULL: refused */
};

static const struct time_case time_cases[] = {
	{ "06/Feb/2019:00:00:38 +0000", "2019-02-06T00:00:38Z" },
	{ "10/Feb/2012:16:42:07 -0500", "2012-02-10T21:42:07Z" },
	{ "10/Feb/2012:01:30:00 +0200", "2012-02-09T23:30:00Z" },
	{ "29/Feb/2024:23:59:59 +0000", "2024-02-29T23:59:59Z" },
	{ "31/Dec/2016:23:59:60 +0000", "2017-01-01T00:00:00Z" },
	{ "06/feb/2019:00:00:38 +0000", NULL },
	{ "06/Feb/2019:24:00:38 +0000", NULL },
	{ "00/Feb/2019:00:00:38 +0000", NULL },
	{ "6/Feb/2019:00:00:38 +0000", NULL },
	{ "06/Feb/2019:00:00:38  0000", NULL },
	{ "06/Feb/2019:00:00:38 +0000 ", NULL },
	{ "06/Feb/ 019:00:00:38 +0000", NULL },
	{ "06/Feb/9999:00:00:38 +0000", NULL },
	{ "06/aFe/2019:00:00:38 +0000", NULL }
};

static void
times_are_read_with_their_offset(void **state)
{
	char text[32];
	int64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof time_cases / sizeof time_cases[0]; i++) {
		const struct time_case *c = &time_cases[i];
		int rc = s3access_time(c->text, strlen(c->text), &ns);

		assert_int_equal(rc, c->rfc3339 != NULL ? 0 : -1);
		if (rc == 0)
			assert_string_equal(text_time_format(ns, text),
			    c->rfc3339);
	}
}

struct key_case {
	const char	*operation, *raw, *key;
};

/* Keys are URL-encoded twice but for batch deletes and S3's own (Yelp, "S3 server access
   logs at scale", 2025). */
static const struct key_case key_cases[] = {
	{ "REST.GET.OBJECT", "a/b.txt", "a/b.txt" },
	{ "REST.GET.OBJECT", "a%2520b", "a b" },
	{ "REST.GET.OBJECT", "a%20b", "a b" },
	{ "REST.GET.OBJECT", "a%252Bb", "a+b" },
	{ "REST.GET.OBJECT", "a+b", "a b" },
	{ "REST.GET.OBJECT", "%25C3%25A9", "\xc3\xa9" },
	{ "REST.GET.OBJECT", "100%", "100%" },
	{ "REST.GET.OBJECT", "%zz%4", "%zz%4" },
	{ "BATCH.DELETE.OBJECT", "Screen+Shot+2019.png", "Screen Shot 2019.png" },
	{ "BATCH.DELETE.OBJECT", "a%2520b", "a%20b" },
	{ "S3.EXPIRE.OBJECT", "a%2520b", "a%20b" },
	{ "S3.EXPIRE.OBJECT", "a%2Bb", "a+b" }
};

static void
keys_are_decoded_as_the_operation_demands(void **state)
{
	struct arena *a = arena_new();
	const char *key;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof key_cases / sizeof key_cases[0]; i++) {
		const struct key_case *c = &key_cases[i];

		key = s3access_key(c->operation, strlen(c->operation), c->raw,
		    strlen(c->raw), a, &len);
		if (len != strlen(c->key) || memcmp(key, c->key, len))
			fail_msg("%s of %s gave %.*s", c->raw, c->operation,
			    (int)len, key);
	}
	arena_free(a);
}

/* One record by a plan: its slots, asked for by name. */
struct harness {
	struct fieldset	*fields;
	struct s3access_plan *plan;
	struct value	 values[32];
	struct value	*slots[32];
	struct record	 rec;
	struct arena	*arena;
};

static void
harness_read(struct harness *h, const char *line)
{
	struct err e;

	memset(&h->rec, 0, sizeof h->rec);
	h->rec.text = line;
	h->rec.len = strlen(line);
	h->rec.fields = h->slots;
	h->rec.nfields = h->fields->n;
	h->rec.scratch = h->arena;
	if (s3access_record(h->plan, h->values, &(struct s3access_line){ 0 }, &h->rec,
	    &e) == -1)
		fail_msg("%s", e.msg);
}

static void
assert_slot(struct harness *h, size_t slot, enum value_type type,
    const char *text)
{
	struct value *v = h->slots[slot];
	const char *s;
	size_t len;

	if (text == NULL) {
		assert_null(v);
		return;
	}
	assert_non_null(v);
	assert_int_equal(v->type, type);
	s = value_string(v, h->arena, &len);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(s, text, len);
}

static void
record_fills_the_wanted_slots(void **state)
{
	struct harness h;
	size_t status, key, raw, common_key, ip, none, when, common_when, bytes;

	(void)state;
	h.arena = arena_new();
	h.fields = fieldset_new(KIND_S3ACCESS);
	status = fieldset_add(h.fields, "http_status");
	key = fieldset_add(h.fields, "key");
	raw = fieldset_add(h.fields, "key_raw");
	common_key = fieldset_add_common(h.fields, COMMON_KEY);
	ip = fieldset_add(h.fields, "source_ip");
	none = fieldset_add(h.fields, "no.such");
	when = fieldset_add(h.fields, "time");
	common_when = fieldset_add_common(h.fields, COMMON_TIME);
	bytes = fieldset_add(h.fields, "bytes_sent");
	h.plan = s3access_plan_new(h.fields, 1);
	harness_read(&h, HEAD "REST.GET.OBJECT a%2520b \"GET /a%20b HTTP/1.1\" 200 "
	    "- - 1 1 1 \"-\" \"-\" - h");
	assert_slot(&h, status, VALUE_NUMBER, "200");
	assert_slot(&h, key, VALUE_STRING, "a b");
	assert_slot(&h, raw, VALUE_STRING, "a%2520b");
	assert_slot(&h, common_key, VALUE_STRING, "a b");
	assert_slot(&h, ip, VALUE_STRING, "192.0.2.3");
	assert_slot(&h, none, VALUE_STRING, NULL);
	assert_slot(&h, when, VALUE_STRING, "06/Feb/2019:00:00:38 +0000");
	assert_slot(&h, common_when, VALUE_STRING, "2019-02-06T00:00:38Z");
	assert_slot(&h, bytes, VALUE_NUMBER, NULL);
	assert_true(h.rec.time == 1549411238 * NS_PER_SEC);
	assert_int_equal(h.rec.kind, KIND_S3ACCESS);
	s3access_plan_free(h.plan);
	fieldset_free(h.fields);
	arena_free(h.arena);
}

static void
same_line_has_the_same_id_under_one_seed(void **state)
{
	static const char line[] = GET "200 - 1 1 1 1 \"-\" \"-\" - h";
	static const char later[] = GET "200 - 1 1 9 9 \"-\" \"-\" - h";
	static const char other[] = GET "200 - 1 1 1 1 \"-\" \"-\" - i";
	static const char nothing[] = "o b [06/Feb/2019:00:00:38 +0000] - - - "
	    "S3.X k - - - - - - - - - -";
	struct harness h;
	uint64_t id;

	(void)state;
	h.arena = arena_new();
	h.fields = fieldset_new(KIND_S3ACCESS);
	h.plan = s3access_plan_new(h.fields, 1);
	harness_read(&h, line);
	id = h.rec.id_hash;
	assert_true(id != 0);
	harness_read(&h, later);
	assert_true(h.rec.id_hash == id);
	harness_read(&h, other);
	assert_true(h.rec.id_hash != id);
	harness_read(&h, nothing);
	assert_true(h.rec.id_hash == 0);
	s3access_plan_free(h.plan);
	h.plan = s3access_plan_new(h.fields, 2);
	harness_read(&h, line);
	assert_true(h.rec.id_hash != id);
	s3access_plan_free(h.plan);
	fieldset_free(h.fields);
	arena_free(h.arena);
}

struct common_case {
	const char	*line;
	struct { enum common common; const char *text; } is[7];
	size_t		 n;
};

#define NO_URI "- 200 - - 5 - - - - - h - - - "

static const struct common_case common_cases[] = {
	{ GET "206 - 77 1 1 1 \"-\" \"cli\"" TAIL, {
	    { COMMON_ACTOR, "r" }, { COMMON_ACTION, "REST.GET.OBJECT" },
	    { COMMON_BYTES_OUT, "77" }, { COMMON_BYTES_IN, NULL },
	    { COMMON_OUTCOME, "success" }, { COMMON_REGION, "eu-west-1" },
	    { COMMON_ACCOUNT, NULL } }, 7 },
	{ "o b [06/Feb/2019:00:00:38 +0000] - - 3E57427F3EXAMPLE REST.PUT.OBJECT "
	    "k \"PUT /k HTTP/1.1\" 403 AccessDenied 1 9 1 1 \"-\" \"-\" -", {
	    { COMMON_ACTOR, "anonymous" }, { COMMON_SOURCE_IP, NULL },
	    { COMMON_OUTCOME, "failure" }, { COMMON_BYTES_IN, "9" },
	    { COMMON_USER_AGENT, NULL }, { COMMON_TLS_VERSION, NULL },
	    { COMMON_TIME, "2019-02-06T00:00:38Z" } }, 7 },
	{ HEAD "S3.EXPIRE.OBJECT k - - - - 5 - - - - - h", {
	    { COMMON_OUTCOME, "success" } }, 1 },
	{ HEAD "REST.GET.OBJECT k - - - - 5 - - - - - h", {
	    { COMMON_OUTCOME, "failure" } }, 1 },
	{ HEAD "REST.GET.OBJECT k " NO_URI "s3.amazonaws.com - arn:aws:s3:"
	    "us-west-1:123456789012:accesspoint/ap", {
	    { COMMON_REGION, "us-west-1" }, { COMMON_ACCOUNT, "123456789012" } },
	    2 },
	{ HEAD "REST.GET.OBJECT k " NO_URI "b.s3.amazonaws.com", {
	    { COMMON_REGION, NULL } }, 1 },
	{ HEAD "REST.GET.OBJECT k " NO_URI "b.s3-website-ap-northeast-1."
	    "amazonaws.com", { { COMMON_REGION, "ap-northeast-1" } }, 1 },
	{ HEAD "REST.GET.OBJECT k " NO_URI "s3-us-west-2.amazonaws.com", {
	    { COMMON_REGION, "us-west-2" } }, 1 },
	{ HEAD "REST.GET.OBJECT k " NO_URI "b.s3.dualstack.us-gov-east-1."
	    "amazonaws.com", { { COMMON_REGION, "us-gov-east-1" } }, 1 },
	{ HEAD "REST.GET.OBJECT k " NO_URI "s3.cn-north-1.amazonaws.com.cn", {
	    { COMMON_REGION, "cn-north-1" } }, 1 },
	{ HEAD "REST.GET.OBJECT k " NO_URI "eu-west-1.example.com", {
	    { COMMON_REGION, NULL } }, 1 },
	{ HEAD "REST.GET.OBJECT a%2500b " NO_URI "h", {
	    { COMMON_KEY, "a\xef\xbf\xbd" "b" } }, 1 }
};

static void
common_fields_of_a_line(void **state)
{
	struct s3access_line l;
	struct arena *a = arena_new();
	const char *out[COMMON_COUNT];
	struct err e;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof common_cases / sizeof common_cases[0]; i++) {
		const struct common_case *c = &common_cases[i];

		if (s3access_split(c->line, strlen(c->line), &l, &e) == -1)
			fail_msg("%s: %s", e.msg, c->line);
		s3access_common(&l, a, out);
		for (k = 0; k < c->n; k++) {
			const char *got = out[c->is[k].common];
			const char *want = c->is[k].text;

			if ((got == NULL) != (want == NULL) ||
			    (got != NULL && strcmp(got, want) != 0))
				fail_msg("%s is %s in %s",
				    common_names[c->is[k].common],
				    got != NULL ? got : "absent", c->line);
		}
	}
	arena_free(a);
}

static void
json_is_valid_and_holds_no_signature(void **state)
{
	static const char line[] = HEAD "REST.GET.OBJECT a%2520b \"GET /k?X-Amz-"
	    "Signature=5ecret&x=1&x-amz-security-token=70ken HTTP/1.1\" 200 - "
	    "007 1 1 1 \"http://h/?Signature=5ecret&AWSAccessKeyId=A\" \"e\x01\xff"
	    "\"vil\" - h";
	struct s3access_line l;
	struct arena *a = arena_new();
	const char *json, *id[6];
	struct err e;
	cJSON *tree;

	(void)state;
	assert_int_equal(s3access_split(line, strlen(line), &l, &e), 0);
	json = s3access_json(&l, a);
	tree = cJSON_ParseWithOpts(json, NULL, 1);
	assert_non_null(tree);
	assert_null(strstr(json, "5ecret"));
	assert_null(strstr(json, "70ken"));
	assert_non_null(strstr(json, "Signature=REDACTED&x=1&x-amz-security-"
	    "token=REDACTED HTTP/1.1"));
	assert_non_null(strstr(json, "Signature=REDACTED&AWSAccessKeyId=A\""));
	assert_non_null(strstr(json, "\"http_status\":200,"));
	assert_non_null(strstr(json, "\"key\":\"a b\",\"key_raw\":\"a%2520b\""));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(tree, "ambiguous")));
	assert_null(cJSON_GetObjectItem(tree, "error_code"));
	cJSON_Delete(tree);
	s3access_identity(&l, a, id);
	assert_string_equal(id[0], "s3access");
	assert_string_equal(id[3], "a%2520b");
	assert_string_equal(id[4], "h");
	assert_null(id[5]);
	arena_free(a);
}

/* The reference data beside the project; NULL when it is not there. */
static char *
reference(const char *name)
{
	const char *shared = getenv("BUCKETWATCH_SHARED");
	const char *top = getenv("top_srcdir");
	static char path[4096];
	FILE *f;

	if (shared != NULL)
		snprintf(path, sizeof path, "%s/%s", shared, name);
	else
		snprintf(path, sizeof path, "%s/../shared/%s",
		    top != NULL ? top : ".", name);
	f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	fclose(f);
	return path;
}

static char *
read_all(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text;

	*len = 0;
	if (f == NULL)
		return NULL;
	text = malloc(1 << 20);
	assert_non_null(text);
	*len = fread(text, 1, (1 << 20) - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

static void
skip_without(const char *path)
{
	if (path != NULL)
		return;
	print_message("the reference data is not here\n");
	skip();
}

static void
samples_have_the_columns_that_they_should(void **state)
{
	const char *path = reference("facts/s3-access-log-samples.txt");
	struct s3access_line l;
	char *text, *line, *rest, ambiguous[8] = "";
	unsigned columns = 0, n = 0;
	struct err e;
	size_t len;

	(void)state;
	skip_without(path);
	text = read_all(path, &len);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	    line = strtok_r(NULL, "\n", &rest)) {
		char *fields = strstr(line, "; fields ");

		if (*line == '#') {
			if (fields != NULL)
				assert_int_equal(sscanf(fields, "; fields %u; "
				    "ambiguous %7[a-z]", &columns, ambiguous), 2);
			continue;
		}
		if (s3access_split(line, strlen(line), &l, &e) == -1)
			fail_msg("%s: %s", e.msg, line);
		if (l.columns != columns ||
		    l.ambiguous != (strcmp(ambiguous, "yes") == 0))
			fail_msg("%u columns, ambiguous %d: %s", l.columns,
			    l.ambiguous, line);
		n++;
	}
	assert_true(n >= 18);
	free(text);
}

static int
column_number(const char *name)
{
	int i;

	for (i = 0; i < S3ACCESS_COLUMNS; i++)
		if (strcmp(s3access_names[i], name) == 0)
			return i;
	return -1;
}

static void
compare_line(const char *line, const cJSON *expected, const char *file)
{
	const cJSON *f, *epoch = cJSON_GetObjectItem(expected, "epoch");
	const cJSON *iso = cJSON_GetObjectItem(expected, "time_iso");
	struct s3access_line l;
	char want[32], time[32];
	int64_t ns;
	struct err e;

	if (s3access_split(line, strlen(line), &l, &e) == -1)
		fail_msg("%s: %s", e.msg, line);
	cJSON_ArrayForEach(f, cJSON_GetObjectItem(expected, "fields")) {
		int col = column_number(f->string);

		assert_true(col >= 0);
		if (cJSON_IsNumber(f)) {
			snprintf(want, sizeof want, "%.0f", f->valuedouble);
			assert_true(column_is(&l, col, want));
		} else if (!column_is(&l, col, f->valuestring))
			fail_msg("%s: %s is not %s", file, f->string,
			    f->valuestring);
	}
	cJSON_ArrayForEach(f, cJSON_GetObjectItem(expected, "null"))
		assert_null(l.col[column_number(f->valuestring)].text);
	assert_int_equal(s3access_time(l.col[2].text, l.col[2].len, &ns), 0);
	if (epoch != NULL)
		assert_true(ns == (int64_t)epoch->valuedouble * NS_PER_SEC);
	if (iso != NULL)
		assert_memory_equal(text_time_format(ns, time),
		    iso->valuestring, 19);
}

static unsigned
compare_file(const char *log, const char *expected)
{
	char *lines[100], *text, *wanted, *line, *rest;
	size_t len, n = 0;
	unsigned compared = 0;

	text = read_all(log, &len);
	wanted = read_all(expected, &len);
	assert_non_null(text);
	for (line = strtok_r(text, "\n", &rest); line != NULL && n < 100;
	    line = strtok_r(NULL, "\n", &rest))
		lines[n++] = line;
	for (line = strtok_r(wanted, "\n", &rest); line != NULL;
	    line = strtok_r(NULL, "\n", &rest)) {
		cJSON *json = cJSON_Parse(line);
		const cJSON *at = cJSON_GetObjectItem(json, "line");

		assert_non_null(json);
		if (cJSON_IsNumber(at)) {	/* else of no one line */
			assert_in_range(at->valueint, 1, n);
			compare_line(lines[at->valueint - 1], json, log);
			compared++;
		}
		cJSON_Delete(json);
	}
	free(text);
	free(wanted);
	return compared;
}

static void
corpus_lines_equal_what_their_projects_expect(void **state)
{
	static const char ending[] = ".expected.jsonl";
	const char *found = reference("corpus/s3access/index.tsv");
	char folder[4096], log[4700], expected[4700];
	unsigned compared = 0;
	struct dirent *entry;
	DIR *dir;

	(void)state;
	skip_without(found);
	snprintf(folder, sizeof folder, "%.*s",
	    (int)(strlen(found) - strlen("/index.tsv")), found);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len < sizeof ending || strcmp(entry->d_name + len -
		    (sizeof ending - 1), ending) != 0)
			continue;
		snprintf(expected, sizeof expected, "%s/%s", folder,
		    entry->d_name);
		snprintf(log, sizeof log, "%.*s.log",
		    (int)(strlen(expected) - (sizeof ending - 1)), expected);
		/* one comparison per line that it expects */
		compared += compare_file(log, expected);
	}
	closedir(dir);
	assert_true(compared >= 8);
}

/* Fuzzers' files, line by line and as they are: no crash, no hang. */
static void
fuzz_files_are_parsed_or_refused(void **state)
{
	const char *found = reference("corpus/s3access/index.tsv");
	char folder[4096], path[4700];
	struct s3access_line l;
	struct arena *a = arena_new();
	struct dirent *entry;
	struct err e;
	unsigned files = 0;
	DIR *dir;

	(void)state;
	if (found == NULL)
		arena_free(a);
	skip_without(found);
	snprintf(folder, sizeof folder, "%.*s/ncbi-fuzz",
	    (int)(strlen(found) - strlen("/index.tsv")), found);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char *text, *p, *end, *line;
		size_t len;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		text = read_all(path, &len);
		for (p = text; p < text + len; p = end + 1) {
			end = memchr(p, '\n', (size_t)(text + len - p));
			if (end == NULL)
				end = text + len;
			line = exact(p, (size_t)(end - p));
			if (s3access_split(line, (size_t)(end - p), &l, &e) == 0)
				s3access_json(&l, a);
			free(line);
		}
		s3access_split(text, len, &l, &e);
		free(text);
		files++;
	}
	closedir(dir);
	arena_free(a);
	assert_true(files > 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_every_age_are_split),
		cmocka_unit_test(other_lines_are_refused_with_a_reason),
		cmocka_unit_test(line_over_the_limit_is_refused),
		cmocka_unit_test(damaged_lines_are_parsed_or_refused),
		cmocka_unit_test(times_are_read_with_their_offset),
		cmocka_unit_test(keys_are_decoded_as_the_operation_demands),
		cmocka_unit_test(record_fills_the_wanted_slots),
		cmocka_unit_test(same_line_has_the_same_id_under_one_seed),
		cmocka_unit_test(common_fields_of_a_line),
		cmocka_unit_test(json_is_valid_and_holds_no_signature),
		cmocka_unit_test(samples_have_the_columns_that_they_should),
		cmocka_unit_test(corpus_lines_equal_what_their_projects_expect),
		cmocka_unit_test(fuzz_files_are_parsed_or_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
