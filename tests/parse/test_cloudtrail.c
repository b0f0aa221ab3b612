/*
 * Common fields, time and identity of JSON records. Samples after the forms in the
 * CloudTrail user guide ("Record contents", "userIdentity element", Insights and
 * aggregated events) and the S3 user guide ("Event message structure").
 *
 * Every case goes both ways: by a plan and the field scanner, and by value_path().
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "parse/cloudtrail.h"

#define FIELDS_MAX 128

/* One plan with all that reads by it. */
struct reading {
	struct fieldset	*fields;
	struct json_plan *plan;
	struct scan_state *state;
	struct value	*slots[FIELDS_MAX];
	struct record	 rec;
	struct arena	*arena;
	char		*padded;
	size_t		 cap;
};

static void
reading_start(struct reading *r, enum kind kind)
{
	memset(r, 0, sizeof *r);
	r->fields = fieldset_new(kind);
	r->arena = arena_new();
}

static void
reading_compile(struct reading *r, const char *time_field)
{
	r->plan = json_plan_new(r->fields, 7, time_field);
	r->state = scan_state_new(json_plan_scan(r->plan));
	assert_in_range(json_plan_slots(r->plan), r->fields->n, FIELDS_MAX);
}

static void
reading_end(struct reading *r)
{
	scan_state_free(r->state);
	json_plan_free(r->plan);
	fieldset_free(r->fields);
	arena_free(r->arena);
	free(r->padded);
}

static int
reading_read(struct reading *r, const char *text, size_t len)
{
	const char *after;
	struct err e;

	r->padded = xgrow(r->padded, &r->cap, len + SCAN_PADDING, 1);
	memcpy(r->padded, text, len);
	memset(r->padded + len, 0, SCAN_PADDING);
	arena_reset(r->arena);
	memset(&r->rec, 0, sizeof r->rec);
	r->rec.kind = r->fields->kind;
	r->rec.text = r->padded;
	r->rec.len = len;
	r->rec.fields = r->slots;
	r->rec.nfields = json_plan_slots(r->plan);
	r->rec.scratch = r->arena;
	if (scan_object(json_plan_scan(r->plan), r->state, r->padded,
	    r->padded + len, r->slots, r->arena, &after, &e) != SCAN_OK)
		return -1;
	json_plan_finish(r->plan, &r->rec);
	return 0;
}

/* The text of a slot, NULL when it is absent. */
static const char *
reading_text(struct reading *r, size_t slot)
{
	return r->slots[slot] != NULL ?
	    value_cstring(r->slots[slot], r->arena) : NULL;
}

/* What alerts tell of a record, as the reader asks for it. Strings in a. */
static void
record_told(enum kind kind, const char *text, size_t len, struct arena *a,
    const char *common[COMMON_COUNT], const char *identity[6])
{
	struct reading r;

	memset(&r, 0, sizeof r);
	r.fields = fieldset_new(kind);
	r.plan = json_plan_whole(kind, 7, NULL);
	r.state = scan_state_new(json_plan_scan(r.plan));
	r.arena = arena_new();
	assert_int_equal(reading_read(&r, text, len), 0);
	json_plan_common(r.plan, &r.rec, a, common);
	json_plan_identity(r.plan, &r.rec, a, identity);
	reading_end(&r);
}

static void
same_text(const char *got, const char *want, const char *what,
    const char *text)
{
	if ((got == NULL) != (want == NULL) ||
	    (got != NULL && strcmp(got, want) != 0))
		fail_msg("%s is %s, not %s, in %.300s", what,
		    got != NULL ? got : "absent",
		    want != NULL ? want : "absent", text);
}

struct common_case {
	enum kind	 kind;
	enum common	 common;
	const char	*json, *text;
};

#define CT KIND_CLOUDTRAIL
#define S3 KIND_S3NOTIFICATION
#define USER(more) "{\"userIdentity\":{" more "}}"

static const struct common_case common_cases[] = {
	/* who acted */
	{ CT, COMMON_ACTOR, USER("\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:"
	    "assumed-role/app/sess\",\"sessionContext\":{\"sessionIssuer\":{"
	    "\"arn\":\"arn:aws:iam::1:role/app\"}}"), "arn:aws:iam::1:role/app" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:"
	    "assumed-role/app/sess\""), "arn:aws:sts::1:assumed-role/app/sess" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"IAMUser\",\"principalId\":\"AIDA\","
	    "\"arn\":\"arn:aws:iam::1:user/u\",\"userName\":\"u\""),
	    "arn:aws:iam::1:user/u" },
	/* a federated user's issuer is the user who asked for the session */
	{ CT, COMMON_ACTOR, USER("\"type\":\"FederatedUser\",\"arn\":\"arn:aws:sts::"
	    "1:federated-user/f\",\"sessionContext\":{\"sessionIssuer\":{"
	    "\"arn\":\"arn:aws:iam::1:user/u\"}}"),
	    "arn:aws:sts::1:federated-user/f" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"Root\",\"principalId\":\"1\",\"arn\":"
	    "\"arn:aws:iam::111122223333:root\",\"accountId\":\"111122223333\""),
	    "root@111122223333" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"AWSService\",\"invokedBy\":"
	    "\"cloudtrail.amazonaws.com\""), "cloudtrail.amazonaws.com" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"AWSAccount\",\"principalId\":\"AIDA:s\","
	    "\"accountId\":\"222233334444\""), "222233334444/AIDA:s" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"AWSAccount\",\"principalId\":\"\","
	    "\"accountId\":\"222233334444\""), "222233334444" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"AWSAccount\",\"principalId\":\"\","
	    "\"accountId\":\"anonymous\""), "anonymous" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"AWSAccount\",\"principalId\":\"\","
	    "\"accountId\":\"ANONYMOUS_PRINCIPAL\""), "anonymous" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"AWSAccount\",\"principalId\":\"A\""),
	    "A" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"Unknown\",\"principalId\":\"p\","
	    "\"userName\":\"n\""), "p" },
	{ CT, COMMON_ACTOR, USER("\"type\":\"SAMLUser\",\"userName\":\"n\""), "n" },
	{ CT, COMMON_ACTOR, USER("\"type\":7,\"arn\":null"), NULL },
	{ CT, COMMON_ACTOR, "{\"userIdentity\":\"u\"}", NULL },
	{ CT, COMMON_ACTOR, "{}", NULL },
	/* the whole path as one key wins, as it does for rules */
	{ CT, COMMON_ACTOR, "{\"userIdentity\":{\"arn\":\"a\"},"
	    "\"userIdentity.arn\":\"whole\"}", "whole" },
	{ CT, COMMON_ACTOR, "{\"userIdentity\":{\"x\":1},\"userIdentity.session"
	    "Context\":{\"sessionIssuer\":{\"arn\":\"i\"}},\"userIdentity.type\":"
	    "\"AssumedRole\"}", "i" },
	{ CT, COMMON_ACTOR, "{\"userIdentity\":[{\"arn\":\"a\"},{\"arn\":\"b\"}],"
	    "\"userIdentity\":{\"arn\":\"second of its name\"}}", "a" },
	/* what was done */
	{ CT, COMMON_ACTION, "{\"eventName\":\"GetObject\"}", "GetObject" },
	{ CT, COMMON_ACTION, "{\"insightDetails\":{\"state\":\"Start\",\"eventName\":"
	    "\"DeleteBucket\"}}", "DeleteBucket" },
	{ CT, COMMON_ACTION, "{\"summary\":{\"primaryDimension\":{\"dimension\":"
	    "\"eventName\",\"statistics\":[{\"name\":\"PutObject\",\"value\":1000},"
	    "{\"name\":\"GetObject\"}]}}}", "PutObject" },
	{ CT, COMMON_ACTION, "{\"summary\":{\"primaryDimension\":{\"dimension\":"
	    "\"resourceARN\",\"statistics\":[{\"name\":\"arn:x\"}]}}}", NULL },
	/* where */
	{ CT, COMMON_BUCKET, "{\"requestParameters\":{\"bucketName\":\"b\"}}", "b" },
	{ CT, COMMON_BUCKET, "{\"requestParameters\":{\"bucketName\":[\"b\"]}}",
	    "b" },
	{ CT, COMMON_BUCKET, "{\"requestParameters\":{\"bucketName\":{\"x\":null,"
	    "\"y\":\"b\"}}}", "b" },
	{ CT, COMMON_BUCKET, "{\"requestParameters\":null,\"resources\":[{\"type\":"
	    "\"AWS::KMS::Key\",\"ARN\":\"arn:aws:kms:eu-west-1:1:key/k\"},{\"type\":"
	    "\"AWS::S3::Object\",\"ARN\":\"arn:aws:s3:::b/p/k\"}]}", "b" },
	{ CT, COMMON_BUCKET, "{\"resources\":[{\"ARN\":\"arn:aws-cn:s3:::b\"}]}",
	    "b" },
	{ CT, COMMON_BUCKET, "{\"resources\":[{\"ARNPrefix\":\"arn:aws:s3:::b/p\"}]}",
	    "b" },
	{ CT, COMMON_BUCKET, "{\"resources\":[{\"ARN\":\"arn:aws:iam::1:role/:s3:::"
	    "x\"}]}", NULL },
	{ CT, COMMON_BUCKET, "{\"requestParameters\":{\"Host\":"
	    "\"a.b.s3.eu-central-1.amazonaws.com\"}}", "a.b" },
	{ CT, COMMON_BUCKET, "{\"requestParameters\":{\"host\":"
	    "[\"b.s3-us-west-2.amazonaws.com\"]}}", "b" },
	{ CT, COMMON_BUCKET, "{\"requestParameters\":{\"Host\":"
	    "\"s3.eu-central-1.amazonaws.com\"}}", NULL },
	{ CT, COMMON_BUCKET, "{\"requestParameters\":{\"Host\":\"x.s3-accesspoint."
	    "eu-west-1.amazonaws.com\"}}", NULL },
	{ CT, COMMON_KEY, "{\"requestParameters\":{\"key\":\"p/k\\u00e9\"}}",
	    "p/k\xc3\xa9" },
	{ CT, COMMON_KEY, "{\"resources\":[{\"ARN\":\"arn:aws:s3:::b\"},{\"ARN\":"
	    "\"arn:aws:s3:::b/p/k\"}]}", "p/k" },
	{ CT, COMMON_KEY, "{\"resources\":[{\"ARNPrefix\":\"arn:aws:s3:::b/p\"}]}",
	    NULL },
	{ CT, COMMON_SOURCE_IP, "{\"sourceIPAddress\":\"192.0.2.7\"}", "192.0.2.7" },
	{ CT, COMMON_SOURCE_IP, "{\"sourceIPAddress\":\"AWS Internal\"}",
	    "AWS Internal" },
	{ CT, COMMON_USER_AGENT, "{\"userAgent\":\"[aws-cli/2.15.0]\"}",
	    "aws-cli/2.15.0" },
	{ CT, COMMON_USER_AGENT, "{\"userAgent\":\"[[x]]\"}", "[x]" },
	{ CT, COMMON_USER_AGENT, "{\"userAgent\":\"[]\"}", "[]" },
	{ CT, COMMON_USER_AGENT, "{\"userAgent\":\"a [b]\"}", "a [b]" },
	/* what came of it */
	{ CT, COMMON_OUTCOME, "{\"eventName\":\"x\"}", "success" },
	{ CT, COMMON_OUTCOME, "{\"errorCode\":null}", "success" },
	{ CT, COMMON_OUTCOME, "{\"errorCode\":\"AccessDenied\"}", "failure" },
	{ CT, COMMON_OUTCOME, "{\"responseElements\":{\"ConsoleLogin\":"
	    "\"Failure\"}}", "failure" },
	{ CT, COMMON_OUTCOME, "{\"responseElements\":{\"ConsoleLogin\":"
	    "\"Success\"}}", "success" },
	{ CT, COMMON_BYTES_OUT, "{\"additionalEventData\":{\"bytesTransferredOut\":"
	    "25701.0}}", "25701" },
	{ CT, COMMON_BYTES_IN, "{\"additionalEventData\":{\"bytesTransferredIn\":0}}",
	    "0" },
	{ CT, COMMON_TLS_VERSION, "{\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\"}}",
	    "TLSv1.3" },
	{ CT, COMMON_ACCOUNT, "{\"recipientAccountId\":\"1\",\"userIdentity\":{"
	    "\"accountId\":\"2\"}}", "1" },
	{ CT, COMMON_ACCOUNT, "{\"accountId\":\"1\"}", "1" },
	{ CT, COMMON_ACCOUNT, USER("\"accountId\":\"2\""), "2" },
	{ CT, COMMON_REGION, "{\"awsRegion\":\"eu-central-1\"}", "eu-central-1" },
	{ CT, COMMON_TIME, "{\"eventTime\":\"2026-01-15T08:12:30Z\"}",
	    "2026-01-15T08:12:30Z" },
	{ CT, COMMON_TIME, "{\"timeWindow\":{\"windowStart\":"
	    "\"2025-11-17T19:20:00Z\"}}", "2025-11-17T19:20:00Z" },
	{ CT, COMMON_TIME, "{\"eventTime\":\"yesterday\"}", NULL },
	/* notifications */
	{ S3, COMMON_ACTOR, USER("\"principalId\":\"AWS:AIDA\""), "AWS:AIDA" },
	{ S3, COMMON_ACTION, "{\"eventName\":\"ObjectCreated:Put\"}",
	    "ObjectCreated:Put" },
	{ S3, COMMON_BUCKET, "{\"s3\":{\"bucket\":{\"name\":\"b\"}}}", "b" },
	{ S3, COMMON_KEY, "{\"s3\":{\"object\":{\"key\":\"a+b/%C3%A9%2B\"}}}",
	    "a b/\xc3\xa9+" },
	{ S3, COMMON_SOURCE_IP, "{\"requestParameters\":{\"sourceIPAddress\":"
	    "\"127.0.0.1\"}}", "127.0.0.1" },
	{ S3, COMMON_BYTES_IN, "{\"eventName\":\"ObjectCreated:Put\",\"s3\":{"
	    "\"object\":{\"size\":1024}}}", "1024" },
	{ S3, COMMON_BYTES_IN, "{\"eventName\":\"ObjectRemoved:Delete\",\"s3\":{"
	    "\"object\":{\"size\":1024}}}", NULL },
	{ S3, COMMON_OUTCOME, "{}", "success" },
	{ S3, COMMON_ACCOUNT, "{\"accountId\":\"1\",\"recipientAccountId\":\"1\"}",
	    NULL },
	{ S3, COMMON_REGION, "{\"awsRegion\":\"us-west-2\"}", "us-west-2" },
	{ S3, COMMON_TIME, "{\"eventTime\":\"1970-01-01T00:00:00.000Z\"}",
	    "1970-01-01T00:00:00Z" },
	/* any JSON: its own field goes first */
	{ KIND_JSON, COMMON_ACTOR, "{\"actor\":\"me\",\"userIdentity\":{\"arn\":"
	    "\"a\"}}", "me" },
	{ KIND_JSON, COMMON_ACTOR, USER("\"arn\":\"a\""), "a" },
	{ KIND_JSON, COMMON_ACTOR, "{\"actor\":null,\"userIdentity\":{\"arn\":"
	    "\"a\"}}", NULL },
	{ KIND_JSON, COMMON_BUCKET, "{\"bucket\":[\"x\",\"y\"]}", "x" },
	{ KIND_JSON, COMMON_OUTCOME, "{\"x\":1}", NULL },
	{ KIND_JSON, COMMON_OUTCOME, "{\"eventID\":\"e\"}", "success" }
};

static void
common_fields_come_from_where_they_should(void **state)
{
	const char *told[COMMON_COUNT], *identity[6];
	struct reading r;
	size_t i, slot;

	(void)state;
	for (i = 0; i < sizeof common_cases / sizeof common_cases[0]; i++) {
		const struct common_case *c = &common_cases[i];
		const char *name = common_names[c->common];

		reading_start(&r, c->kind);
		slot = fieldset_add_common(r.fields, c->common);
		reading_compile(&r, NULL);
		assert_int_equal(reading_read(&r, c->json, strlen(c->json)), 0);
		/* a rule looks into arrays by itself */
		if (r.slots[slot] == NULL || r.slots[slot]->type < VALUE_OBJECT)
			same_text(reading_text(&r, slot), c->text, name,
			    c->json);
		record_told(c->kind, c->json, strlen(c->json), r.arena, told,
		    identity);
		same_text(told[c->common], c->text, name, c->json);
		reading_end(&r);
	}
}

struct hash_case {
	enum kind	 kind;
	const char	*a, *b;
	int		 same;		/* -1: both have none */
};

static const struct hash_case hash_cases[] = {
	{ CT, "{\"eventID\":\"e\",\"awsRegion\":\"r\",\"recipientAccountId\":\"1\","
	    "\"x\":1}", "{\"x\":2,\"awsRegion\":\"r\",\"eventID\":\"e\","
	    "\"recipientAccountId\":\"1\"}", 1 },
	{ CT, "{\"eventID\":\"e\",\"recipientAccountId\":\"1\"}",
	    "{\"eventID\":\"e\",\"recipientAccountId\":\"2\"}", 0 },
	{ CT, "{\"eventID\":\"e\",\"awsRegion\":\"r\"}",
	    "{\"eventID\":\"e\",\"awsRegion\":\"s\"}", 0 },
	{ CT, "{\"eventId\":\"e\",\"accountId\":\"1\"}",
	    "{\"eventId\":\"e\",\"accountId\":\"1\"}", 1 },
	{ CT, "{\"eventID\":\"\\u0065\"}", "{\"eventID\":\"e\"}", 1 },
	{ CT, "{\"awsRegion\":\"r\"}", "{\"eventID\":\"\"}", -1 },
	{ KIND_JSON, "{\"eventID\":\"e\"}", "{\"eventID\":\"e\"}", -1 },
	{ S3, "{\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"k\","
	    "\"sequencer\":\"1\"}}}", "{\"s3\":{\"bucket\":{\"name\":\"b\"},"
	    "\"object\":{\"key\":\"k\",\"sequencer\":\"2\"}}}", 0 },
	{ S3, "{\"responseElements\":{\"x-amz-request-id\":\"1\"}}",
	    "{\"responseElements\":{\"x-amz-request-id\":\"1\"}}", 1 },
	{ S3, "{\"s3\":{\"object\":{\"key\":\"k\"}}}", "{}", -1 }
};

static void
same_record_has_the_same_id(void **state)
{
	uint64_t a, b;
	struct reading r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof hash_cases / sizeof hash_cases[0]; i++) {
		const struct hash_case *c = &hash_cases[i];

		reading_start(&r, c->kind);
		reading_compile(&r, NULL);
		assert_int_equal(reading_read(&r, c->a, strlen(c->a)), 0);
		a = r.rec.id_hash;
		assert_int_equal(reading_read(&r, c->b, strlen(c->b)), 0);
		b = r.rec.id_hash;
		if (c->same == -1 ? a != 0 || b != 0 :
		    a == 0 || (a == b) != c->same)
			fail_msg("%s and %s", c->a, c->b);
		reading_end(&r);
	}
}

struct time_case {
	const char	*field, *json, *rfc3339;
};

static const struct time_case time_cases[] = {
	{ "ts", "{\"ts\":\"2026-01-15T08:12:30.5Z\"}", "2026-01-15T08:12:30.500Z" },
	{ "ts", "{\"ts\":1768464750}", "2026-01-15T08:12:30Z" },
	{ "ts", "{\"ts\":1768464750.25}", "2026-01-15T08:12:30.250Z" },
	{ "ts", "{\"ts\":1768464750250}", "2026-01-15T08:12:30.250Z" },
	{ "ts", "{\"ts\":\"1768464750\"}", "2026-01-15T08:12:30Z" },
	{ "a.b", "{\"a\":{\"b\":0}}", "1970-01-01T00:00:00Z" },
	{ "ts", "{\"ts\":\"soon\",\"eventTime\":\"2026-01-15T08:12:30Z\"}", NULL },
	{ "ts", "{\"ts\":1e300}", NULL },
	{ "ts", "{\"ts\":true}", NULL },
	{ "ts", "{}", NULL },
	{ NULL, "{\"eventTime\":\"2026-01-15T08:12:30Z\"}", "2026-01-15T08:12:30Z" },
	{ NULL, "{\"eventTime\":1768464750}", NULL }
};

static void
time_is_iso_or_epoch_where_a_field_is_named(void **state)
{
	struct reading r;
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof time_cases / sizeof time_cases[0]; i++) {
		const struct time_case *c = &time_cases[i];

		reading_start(&r, KIND_JSON);
		reading_compile(&r, c->field);
		assert_int_equal(reading_read(&r, c->json, strlen(c->json)), 0);
		same_text(r.rec.time == RECORD_TIME_NONE ? NULL :
		    text_time_format(r.rec.time, text), c->rfc3339, "time",
		    c->json);
		reading_end(&r);
	}
}

static void
own_paths_and_common_fields_share_a_record(void **state)
{
	static const char json[] = "{\"eventName\":\"GetObject\",\"eventTime\":"
	    "\"2026-01-15T08:12:30Z\",\"userIdentity\":{\"type\":\"IAMUser\","
	    "\"arn\":\"a\"},\"actor\":\"forged\",\"time\":\"forged\"}";
	struct reading r;
	size_t name, arn, actor, time;

	(void)state;
	reading_start(&r, KIND_CLOUDTRAIL);
	name = fieldset_add(r.fields, "eventName");
	actor = fieldset_add(r.fields, "actor");
	arn = fieldset_add(r.fields, "userIdentity.arn");
	time = fieldset_add(r.fields, "time");
	reading_compile(&r, NULL);
	assert_int_equal(reading_read(&r, json, strlen(json)), 0);
	assert_string_equal(reading_text(&r, name), "GetObject");
	assert_string_equal(reading_text(&r, arn), "a");
	assert_string_equal(reading_text(&r, actor), "a");
	assert_string_equal(reading_text(&r, time), "2026-01-15T08:12:30Z");
	reading_end(&r);
}

static void
record_with_many_members_is_read_to_its_end(void **state)
{
	struct buf b = BUF_INIT(100000);
	const char *told[COMMON_COUNT], *identity[6];
	struct reading r;
	size_t slot;
	int i;

	(void)state;
	buf_addc(&b, '{');
	for (i = 0; i < 300; i++)
		buf_addf(&b, "\"k%d\":{\"awsRegion\":%d},", i, i);
	buf_adds(&b, "\"awsRegion\":\"r\"}");
	reading_start(&r, CT);
	slot = fieldset_add(r.fields, "region");
	reading_compile(&r, NULL);
	assert_int_equal(reading_read(&r, b.data, b.len), 0);
	assert_string_equal(reading_text(&r, slot), "r");
	record_told(CT, b.data, b.len, r.arena, told, identity);
	assert_string_equal(told[COMMON_REGION], "r");
	reading_end(&r);
	buf_clear(&b);
}

static void
identity_names_the_record(void **state)
{
	static const char trail[] = "{\"eventID\":\"e\",\"awsRegion\":\"r\"}";
	static const char notice[] = "{\"eventName\":\"n\",\"s3\":{\"bucket\":{"
	    "\"name\":\"b\"},\"object\":{\"key\":\"k\",\"sequencer\":\"s\"}}}";
	struct arena *a = arena_new();
	const char *told[COMMON_COUNT], *id[6];

	(void)state;
	record_told(CT, trail, strlen(trail), a, told, id);
	assert_string_equal(id[0], "cloudtrail");
	assert_string_equal(id[1], "e");
	assert_string_equal(id[2], "-");
	assert_string_equal(id[3], "r");
	assert_null(id[4]);
	record_told(S3, notice, strlen(notice), a, told, id);
	assert_string_equal(id[1], "b");
	assert_string_equal(id[3], "s");
	assert_string_equal(id[4], "n");
	assert_null(id[5]);
	/* nothing of its own: what it says */
	record_told(KIND_JSON, "{}", 2, a, told, id);
	assert_string_equal(id[0], "json");
	assert_string_equal(id[1],
	    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
	assert_null(id[2]);
	record_told(CT, "{\"x\":1}", 7, a, told, id);
	assert_int_equal(strlen(id[1]), 64);
	arena_free(a);
}

/* Plans that ask for one common field each, and one that asks for all. */
struct both_ways {
	struct reading	 one[COMMON_COUNT], all;
	struct arena	*arena;
	size_t		 records;
};

static void
compare_record(struct both_ways *w, const struct value *v)
{
	const char *told[COMMON_COUNT], *identity[6];
	int i;

	arena_reset(w->arena);
	record_told(CT, v->text, v->len, w->arena, told, identity);
	if (reading_read(&w->all, v->text, v->len) == -1)
		fail_msg("not read: %.300s", v->text);
	for (i = 0; i < COMMON_COUNT; i++) {
		assert_int_equal(reading_read(&w->one[i], v->text, v->len), 0);
		same_text(reading_text(&w->one[i], 0), told[i],
		    common_names[i], v->text);
		same_text(reading_text(&w->all, (size_t)i), told[i],
		    common_names[i], v->text);
	}
	w->records++;
}

/* The records in a value: in "Records", in "event", itself, or each of an array. */
static void
compare_value(struct both_ways *w, const struct value *v)
{
	struct value inner, item;
	const char *p, *end = v->text + v->len;

	if (v->type == VALUE_ARRAY) {
		for (p = v->text + 1; (p = value_parse(p, end, &item)) != NULL;
		    p += strspn(p, " \t\r\n,"))
			compare_value(w, &item);
	} else if (value_member(v, "Records", 7, &inner) == 0 ||
	    value_member(v, "event", 5, &inner) == 0) {
		compare_value(w, &inner);
	} else if (v->type == VALUE_OBJECT) {
		compare_record(w, v);
	}
}

static void
compare_file(struct both_ways *w, const char *path)
{
	enum { FILE_MAX = 32 * 1024 * 1024 };
	char *text = xmalloc(FILE_MAX);
	const char *p, *end;
	struct value v;
	gzFile f = gzopen(path, "rb");
	int n;

	assert_non_null(f);
	n = gzread(f, text, FILE_MAX);
	gzclose(f);
	assert_true(n >= 0);
	end = text + n;
	for (p = text; (p = value_parse(p, end, &v)) != NULL; )
		compare_value(w, &v);
	free(text);
}

static int
is_log(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL && strstr(dot, ".json") != NULL &&
	    strcmp(name, "s3access.jsonl") != 0 &&
	    strcmp(name, "correlation.jsonl") != 0;
}

static void
both_ways_agree_on_real_records(void **state)
{
	static const char *const folders[] = { "stratus", "stratus/doc-snippets",
	    "stratus/from-invictus", "invictus", "otrf", "traildiscover",
	    "console-cartographer", "panther", "misc" };
	const char *shared = getenv("BUCKETWATCH_SHARED");
	const char *top = getenv("top_srcdir");
	char base[4096], folder[4200], path[4500];
	struct both_ways w;
	struct dirent *entry;
	size_t i;
	DIR *dir;

	(void)state;
	if (shared != NULL)
		snprintf(base, sizeof base, "%s/corpus", shared);
	else
		snprintf(base, sizeof base, "%s/../shared/corpus",
		    top != NULL ? top : ".");
	dir = opendir(base);
	if (dir == NULL) {
		print_message("the reference data is not here\n");
		skip();
	}
	closedir(dir);
	w.records = 0;
	w.arena = arena_new();
	reading_start(&w.all, CT);
	for (i = 0; i < COMMON_COUNT; i++) {
		reading_start(&w.one[i], CT);
		fieldset_add_common(w.one[i].fields, (enum common)i);
		fieldset_add_common(w.all.fields, (enum common)i);
		reading_compile(&w.one[i], NULL);
	}
	reading_compile(&w.all, NULL);
	for (i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		snprintf(folder, sizeof folder, "%s/%s", base, folders[i]);
		dir = opendir(folder);
		while (dir != NULL && (entry = readdir(dir)) != NULL) {
			if (!is_log(entry->d_name))
				continue;
			snprintf(path, sizeof path, "%s/%s", folder,
			    entry->d_name);
			compare_file(&w, path);
		}
		if (dir != NULL)
			closedir(dir);
	}
	print_message("# %zu records\n", w.records);
	assert_true(w.records > 3000);
	for (i = 0; i < COMMON_COUNT; i++)
		reading_end(&w.one[i]);
	reading_end(&w.all);
	arena_free(w.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_fields_come_from_where_they_should),
		cmocka_unit_test(same_record_has_the_same_id),
		cmocka_unit_test(time_is_iso_or_epoch_where_a_field_is_named),
		cmocka_unit_test(own_paths_and_common_fields_share_a_record),
		cmocka_unit_test(record_with_many_members_is_read_to_its_end),
		cmocka_unit_test(identity_names_the_record),
		cmocka_unit_test(both_ways_agree_on_real_records),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
