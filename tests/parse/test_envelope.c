/*
 * Envelopes. Samples after the forms in: Amazon S3 user guide ("EventBridge event message
 * structure", test event), EventBridge guide (events via CloudTrail), Amazon SNS guide
 * (HTTP notification), CloudTrail user guide (digest files, SNS notices).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

#include "parse/envelope.h"

#define BRIDGE(type, source, detail) "{\"version\":\"0\",\"id\":\"i\"," \
	"\"detail-type\":\"" type "\",\"source\":\"" source "\",\"account\":" \
	"\"111122223333\",\"time\":\"2021-11-12T00:00:00Z\",\"region\":" \
	"\"ca-central-1\",\"resources\":[],\"detail\":" detail "}"

struct open_case {
	const char	*text;
	enum envelope	 is;
	const char	*inner;		/* NULL: text itself */
};

static const struct open_case open_cases[] = {
	{ "{\"eventVersion\":\"1.11\",\"eventSource\":\"s3.amazonaws.com\"}",
	    ENVELOPE_NONE, NULL },
	{ "{\"Records\":[]}", ENVELOPE_NONE, NULL },
	{ "{\"a\":1}", ENVELOPE_NONE, NULL },
	{ "{}", ENVELOPE_NONE, NULL }, { "[]", ENVELOPE_NONE, NULL },
	{ "", ENVELOPE_NONE, NULL }, { "{", ENVELOPE_NONE, NULL },
	{ BRIDGE("AWS API Call via CloudTrail", "aws.s3", "{\"eventName\":\"x\"}"),
	    ENVELOPE_CLOUDTRAIL, "{\"eventName\":\"x\"}" },
	{ BRIDGE("AWS Console Sign In via CloudTrail", "aws.signin", "{}"),
	    ENVELOPE_CLOUDTRAIL, "{}" },
	{ BRIDGE("AWS Service Event via CloudTrail", "aws.kms", "{}"),
	    ENVELOPE_CLOUDTRAIL, "{}" },
	{ BRIDGE("AWS Insight via CloudTrail", "aws.ec2", "{}"),
	    ENVELOPE_CLOUDTRAIL, "{}" },
	{ BRIDGE("EC2 Instance State-change Notification", "aws.ec2", "{}"),
	    ENVELOPE_POINTER, NULL },
	{ BRIDGE("AWS API Call via CloudTrail", "aws.s3", "\"x\""),
	    ENVELOPE_NONE, NULL },
	{ "{\"Type\":\"Notification\",\"MessageId\":\"m\",\"TopicArn\":\"t\","
	    "\"Message\":\"{\\\"Records\\\":[]}\"}",
	    ENVELOPE_MESSAGE, "{\"Records\":[]}" },
	{ "{\"Type\":\"Notification\",\"Message\":7}", ENVELOPE_NONE, NULL },
	{ "{\"Type\":\"SubscriptionConfirmation\",\"Message\":\"m\"}",
	    ENVELOPE_POINTER, NULL },
	{ "{\"awsAccountId\":\"1\",\"digestStartTime\":\"s\",\"digestEndTime\":"
	    "\"e\",\"digestS3Bucket\":\"b\",\"digestS3Object\":\"o\"}",
	    ENVELOPE_DIGEST, NULL },
	{ "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"b\"}",
	    ENVELOPE_POINTER, NULL },
	{ "{\"s3Bucket\":\"b\",\"s3ObjectKey\":[\"k\"]}", ENVELOPE_POINTER, NULL },
	/* a record that carries the words of an envelope is a record */
	{ "{\"eventVersion\":\"1.08\",\"Type\":\"Notification\",\"Message\":\"m\"}",
	    ENVELOPE_NONE, NULL },
	{ " {\"detail\":{\"a\":\"}\"},\"source\":\"aws.s3\",\"detail-type\":\"AWS "
	    "API Call via CloudTrail\"}\n", ENVELOPE_CLOUDTRAIL, "{\"a\":\"}\"}" }
};

static void
objects_are_told_apart_by_their_keys(void **state)
{
	struct arena *a = arena_new();
	const char *inner;
	size_t i, len, n;

	(void)state;
	for (i = 0; i < sizeof open_cases / sizeof open_cases[0]; i++) {
		const struct open_case *c = &open_cases[i];
		char *text;

		n = strlen(c->text);
		text = malloc(n ? n : 1);
		assert_non_null(text);
		memcpy(text, c->text, n);
		if (envelope_open(text, n, a, &inner, &len) != c->is)
			fail_msg("%s", c->text);
		if (c->inner == NULL) {
			assert_ptr_equal(inner, text);
			assert_int_equal(len, n);
		} else {
			assert_int_equal(len, strlen(c->inner));
			assert_memory_equal(inner, c->inner, len);
		}
		free(text);
	}
	arena_free(a);
}

#define S3_DETAIL(more) "{\"version\":\"0\",\"bucket\":{\"name\":\"amzn-s3-demo-" \
	"bucket1\"},\"object\":{\"key\":\"a b/\xc3\xa9+%\",\"size\":5,\"etag\":" \
	"\"b1946\",\"version-id\":\"IYV3\",\"sequencer\":\"617f08299329d189\"}," \
	"\"request-id\":\"N4N7GDK58NMKJ12R\",\"requester\":\"123456789012\"," \
	"\"source-ip-address\":\"1.2.3.4\"" more "}"

static void
s3_event_becomes_a_notification_record(void **state)
{
	static const char event[] = BRIDGE("Object Created", "aws.s3",
	    S3_DETAIL(",\"reason\":\"PutObject\""));
	struct arena *a = arena_new();
	const char *inner;
	char text[1000];
	size_t len;

	(void)state;
	assert_int_equal(envelope_open(event, strlen(event), a, &inner, &len),
	    ENVELOPE_S3_EVENT);
	snprintf(text, sizeof text, "%.*s", (int)len, inner);
	assert_string_equal(text, "{\"eventVersion\":\"2.1\",\"eventSource\":"
	    "\"aws:s3\",\"awsRegion\":\"ca-central-1\",\"eventTime\":"
	    "\"2021-11-12T00:00:00Z\",\"eventName\":\"ObjectCreated:Put\","
	    "\"userIdentity\":{\"principalId\":\"123456789012\"},"
	    "\"requestParameters\":{\"sourceIPAddress\":\"1.2.3.4\"},"
	    "\"responseElements\":{\"x-amz-request-id\":\"N4N7GDK58NMKJ12R\"},"
	    "\"s3\":{\"s3SchemaVersion\":\"1.0\",\"bucket\":{\"name\":"
	    "\"amzn-s3-demo-bucket1\"},\"object\":{ \"key\":"
	    "\"a+b/%C3%A9%2B%25\",\"size\":5,\"eTag\":\"b1946\",\"versionId\":"
	    "\"IYV3\",\"sequencer\":\"617f08299329d189\"}}}");
	assert_int_equal(envelope_kind(inner, len), KIND_S3NOTIFICATION);
	arena_free(a);
}

struct name_case {
	const char	*event, *name;
};

/* S3 user guide: "Mapping Amazon S3 event types to EventBridge". */
static const struct name_case name_cases[] = {
	{ BRIDGE("Object Created", "aws.s3", "{\"reason\":\"CopyObject\"}"),
	    "ObjectCreated:Copy" },
	{ BRIDGE("Object Created", "aws.s3",
	    "{\"reason\":\"CompleteMultipartUpload\"}"),
	    "ObjectCreated:CompleteMultipartUpload" },
	{ BRIDGE("Object Created", "aws.s3", "{\"reason\":\"POST Object\"}"),
	    "ObjectCreated:Post" },
	{ BRIDGE("Object Created", "aws.s3", "{}"), "ObjectCreated:Put" },
	{ BRIDGE("Object Deleted", "aws.s3", "{\"reason\":\"DeleteObject\","
	    "\"deletion-type\":\"Permanently Deleted\"}"),
	    "ObjectRemoved:Delete" },
	{ BRIDGE("Object Deleted", "aws.s3", "{\"reason\":\"DeleteObject\","
	    "\"deletion-type\":\"Delete Marker Created\"}"),
	    "ObjectRemoved:DeleteMarkerCreated" },
	{ BRIDGE("Object Deleted", "aws.s3", "{\"reason\":\"Lifecycle "
	    "Expiration\",\"deletion-type\":\"Permanently Deleted\"}"),
	    "LifecycleExpiration:Delete" },
	{ BRIDGE("Object Restore Completed", "aws.s3", "{}"),
	    "ObjectRestore:Completed" },
	{ BRIDGE("Object Tags Added", "aws.s3", "{}"), "ObjectTagging:Put" },
	{ BRIDGE("Object ACL Updated", "aws.s3", "{}"), "ObjectAcl:Put" },
	{ BRIDGE("Object Something \\\"New\\\"", "aws.s3", "{}"),
	    "Object Something \"New\"" }
};

static void
s3_event_names_are_mapped(void **state)
{
	struct arena *a = arena_new();
	const char *inner;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof name_cases / sizeof name_cases[0]; i++) {
		const struct name_case *c = &name_cases[i];
		cJSON *json;

		assert_int_equal(envelope_open(c->event, strlen(c->event), a,
		    &inner, &len), ENVELOPE_S3_EVENT);
		json = cJSON_ParseWithLength(inner, len);
		assert_non_null(json);
		assert_string_equal(cJSON_GetObjectItem(json,
		    "eventName")->valuestring, c->name);
		cJSON_Delete(json);
	}
	arena_free(a);
}

static void
hostile_event_stays_json(void **state)
{
	static const char event[] = BRIDGE("Object Created", "aws.s3",
	    "{\"bucket\":7,\"object\":[],\"requester\":{\"a\":1},"
	    "\"request-id\":\"\\u0001\\\"\xff\",\"source-ip-address\":null}");
	struct arena *a = arena_new();
	const char *inner;
	size_t len;
	cJSON *json;

	(void)state;
	assert_int_equal(envelope_open(event, strlen(event), a, &inner, &len),
	    ENVELOPE_S3_EVENT);
	assert_non_null(memmem(inner, len, "\"\\u0001\\\"\\ufffd\"", 16));
	json = cJSON_ParseWithLength(inner, len);
	assert_non_null(json);
	cJSON_Delete(json);
	arena_free(a);
}

static void
kind_is_told_by_the_event_source(void **state)
{
	static const struct { const char *text; enum kind kind; } cases[] = {
		{ "{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\"}",
		    KIND_S3NOTIFICATION },
		{ "{\"eventSource\":\"aws:s3\"}", KIND_S3NOTIFICATION },
		{ "{\"userIdentity\":{\"eventSource\":\"aws:s3\"},\"eventSource\":"
		    "\"s3.amazonaws.com\"}", KIND_CLOUDTRAIL },
		{ "{\"eventVersion\":\"1.08\",\"eventSource\":\"aws:s3\"}",
		    KIND_CLOUDTRAIL },
		{ "{\"x\":\"\\\"eventSource\\\":\\\"aws:s3\\\"\"}",
		    KIND_CLOUDTRAIL },
		{ "", KIND_CLOUDTRAIL }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(envelope_kind(cases[i].text,
		    strlen(cases[i].text)), cases[i].kind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_told_apart_by_their_keys),
		cmocka_unit_test(s3_event_becomes_a_notification_record),
		cmocka_unit_test(s3_event_names_are_mapped),
		cmocka_unit_test(hostile_event_stays_json),
		cmocka_unit_test(kind_is_told_by_the_event_source),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
