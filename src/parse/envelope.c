/*
 * Envelopes. See envelope.h. Sources of the forms: Amazon S3 user guide ("Event message
 * structure", "EventBridge event message structure", "Mapping of event types"), Amazon
 * SNS guide (HTTP notification), CloudTrail user guide (digests, SNS notices).
 */
#include <string.h>

#include "base/buf.h"
#include "model/value.h"
#include "parse/envelope.h"
#include "parse/form.h"

#define REMADE_MAX (64 * 1024)	/* bytes of a notification; its key is 1 KiB */
#define BEHIND 64		/* readable bytes behind what is made here */

/* The keys that tell, and what stands under them. */
enum { DETAIL_TYPE, DETAIL, SOURCE, TIME, REGION, TYPE, MESSAGE, DIGEST_BUCKET,
    DIGEST_END, TEST_EVENT, NOTICE_BUCKET, NOTICE_KEY, KEY_COUNT };

static const char *const key_names[KEY_COUNT] = { "detail-type", "detail",
    "source", "time", "region", "Type", "Message", "digestS3Bucket",
    "digestEndTime", "Event", "s3Bucket", "s3ObjectKey" };

/* Keys that no envelope has: who has one is a record (or holds records). */
static const char *const record_keys[] = { "eventVersion", "eventSource",
    "eventTime", "userIdentity", "Records" };

static int
is(const struct value *v, const char *text)
{
	return value_is(v, text, strlen(text));
}

/* The object that the text is, without a walk to its end: that costs as much as all
   that comes after. */
static int
whole(const char *text, size_t len, struct value *object)
{
	static const char blanks[] = " \t\r\n";
	const char *end = text + len;

	while (text < end && *text != '\0' && strchr(blanks, *text))
		text++;
	while (text < end && end[-1] != '\0' && strchr(blanks, end[-1]))
		end--;
	memset(object, 0, sizeof *object);
	if (end - text < 2 || *text != '{' || end[-1] != '}' ||
	    end - text > UINT32_MAX)
		return -1;
	object->type = VALUE_OBJECT;
	object->text = text;
	object->len = (uint32_t)(end - text);
	return 0;
}

/* 1 when the object is a record. */
static int
look(const struct value *object, struct value found[KEY_COUNT])
{
	struct value key, v;
	const char *pos = NULL;
	size_t i;

	memset(found, 0, KEY_COUNT * sizeof *found);
	while (value_each(object, &pos, &key, &v)) {
		for (i = 0; i < sizeof record_keys / sizeof record_keys[0]; i++)
			if (is(&key, record_keys[i]))
				return 1;
		for (i = 0; i < KEY_COUNT; i++)
			if (found[i].type == VALUE_ABSENT &&
			    is(&key, key_names[i]))
				found[i] = v;
	}
	return 0;
}

static void
member(const struct value *object, const char *key, struct value *out)
{
	value_member(object, key, strlen(key), out);
}

static void
add_text(struct buf *b, const char *before, const struct value *v,
    struct arena *a)
{
	const char *s;
	size_t len;

	s = value_string(v, a, &len);
	buf_adds(b, before);
	if (s == NULL)
		buf_adds(b, "null");
	else if (v->type == VALUE_NUMBER)
		buf_add(b, s, len);
	else
		buf_json(b, s, len);
}

/* The same, but left out when there is no such thing. */
static void
add_present(struct buf *b, const char *before, const struct value *v,
    struct arena *a)
{
	if (v->type != VALUE_ABSENT && v->type != VALUE_NULL)
		add_text(b, before, v, a);
}

struct name { const char *from, *reason, *to; };

/* Detail type and reason -> the name that a notification has for it. */
static const struct name event_names[] = {
	{ "Object Created", "PutObject", "ObjectCreated:Put" },
	{ "Object Created", "POST Object", "ObjectCreated:Post" },
	{ "Object Created", "CopyObject", "ObjectCreated:Copy" },
	{ "Object Created", "CompleteMultipartUpload",
	    "ObjectCreated:CompleteMultipartUpload" },
	{ "Object Created", NULL, "ObjectCreated:Put" },
	{ "Object Restore Initiated", NULL, "ObjectRestore:Post" },
	{ "Object Restore Completed", NULL, "ObjectRestore:Completed" },
	{ "Object Restore Expired", NULL, "ObjectRestore:Delete" },
	{ "Object Tags Added", NULL, "ObjectTagging:Put" },
	{ "Object Tags Deleted", NULL, "ObjectTagging:Delete" },
	{ "Object ACL Updated", NULL, "ObjectAcl:Put" },
	{ "Object Storage Class Changed", NULL, "LifecycleTransition" },
	{ "Object Access Tier Changed", NULL, "IntelligentTiering" }
};

static const char *
deletion_name(const struct value *detail)
{
	struct value reason, how;
	int marker, lifecycle;

	member(detail, "reason", &reason);
	member(detail, "deletion-type", &how);
	marker = is(&how, "Delete Marker Created");
	lifecycle = is(&reason, "Lifecycle Expiration");
	if (lifecycle)
		return marker ? "LifecycleExpiration:DeleteMarkerCreated" :
		    "LifecycleExpiration:Delete";
	return marker ? "ObjectRemoved:DeleteMarkerCreated" :
	    "ObjectRemoved:Delete";
}

static void
add_event_name(struct buf *b, const struct value *type,
    const struct value *detail, struct arena *a)
{
	const char *name = NULL;
	struct value reason;
	size_t i;

	member(detail, "reason", &reason);
	if (is(type, "Object Deleted"))
		name = deletion_name(detail);
	for (i = 0; name == NULL &&
	    i < sizeof event_names / sizeof event_names[0]; i++)
		if (is(type, event_names[i].from) &&
		    (event_names[i].reason == NULL ||
		    is(&reason, event_names[i].reason)))
			name = event_names[i].to;
	if (name == NULL)
		add_text(b, ",\"eventName\":", type, a);
	else
		buf_addf(b, ",\"eventName\":\"%s\"", name);
}

/* Notifications have keys form-encoded, EventBridge has them as they are. */
static void
add_key(struct buf *b, const struct value *key, struct arena *a)
{
	const char *s;
	char *encoded;
	size_t len;

	s = value_string(key, a, &len);
	if (s == NULL)
		return;
	encoded = arena_alloc(a, 3 * len + 1);
	len = form_encode(encoded, s, len);
	buf_adds(b, ",\"key\":");
	buf_json(b, encoded, len);
}

/* An EventBridge event of S3 in the form of a notification's record. */
static int
remake(const struct value found[KEY_COUNT], struct arena *a,
    const char **inner, size_t *inner_len)
{
	static const struct { const char *from, *to; } object_keys[] = {
		{ "size", ",\"size\":" }, { "etag", ",\"eTag\":" },
		{ "version-id", ",\"versionId\":" },
		{ "sequencer", ",\"sequencer\":" } };
	const struct value *detail = &found[DETAIL];
	struct buf b = BUF_INIT(REMADE_MAX);
	struct value bucket, object, v;
	char *out;
	size_t i;
	int rc = -1;

	member(detail, "bucket", &bucket);
	member(detail, "object", &object);
	buf_adds(&b, "{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\"");
	add_present(&b, ",\"awsRegion\":", &found[REGION], a);
	add_present(&b, ",\"eventTime\":", &found[TIME], a);
	add_event_name(&b, &found[DETAIL_TYPE], detail, a);
	member(detail, "requester", &v);
	add_text(&b, ",\"userIdentity\":{\"principalId\":", &v, a);
	member(detail, "source-ip-address", &v);
	add_text(&b, "},\"requestParameters\":{\"sourceIPAddress\":", &v, a);
	member(detail, "request-id", &v);
	add_text(&b, "},\"responseElements\":{\"x-amz-request-id\":", &v, a);
	member(&bucket, "name", &v);
	add_text(&b, "},\"s3\":{\"s3SchemaVersion\":\"1.0\",\"bucket\":"
	    "{\"name\":", &v, a);
	buf_adds(&b, "},\"object\":{");
	i = b.len;
	member(&object, "key", &v);
	add_key(&b, &v, a);
	for (size_t k = 0; k < sizeof object_keys / sizeof object_keys[0]; k++) {
		member(&object, object_keys[k].from, &v);
		add_present(&b, object_keys[k].to, &v, a);
	}
	if (b.len > i && b.data[i] == ',')
		b.data[i] = ' ';
	buf_adds(&b, "}}}");
	if (!b.truncated) {
		out = arena_alloc(a, b.len + BEHIND);
		memcpy(out, buf_text(&b), b.len);
		memset(out + b.len, 0, BEHIND);
		*inner = out;
		*inner_len = b.len;
		rc = 0;
	}
	buf_clear(&b);
	return rc;
}

static int
ends(const struct value *v, const char *with)
{
	size_t n = strlen(with);

	return v->type == VALUE_STRING && v->len >= n &&
	    memcmp(v->text + v->len - n, with, n) == 0;
}

/* "AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail" ... */
static enum envelope
event_bridge(const struct value found[KEY_COUNT], struct arena *a,
    const char **inner, size_t *inner_len)
{
	if (found[DETAIL].type != VALUE_OBJECT)
		return ENVELOPE_NONE;
	if (ends(&found[DETAIL_TYPE], " via CloudTrail")) {
		*inner = found[DETAIL].text;
		*inner_len = found[DETAIL].len;
		return ENVELOPE_CLOUDTRAIL;
	}
	if (is(&found[SOURCE], "aws.s3"))
		return remake(found, a, inner, inner_len) == 0 ?
		    ENVELOPE_S3_EVENT : ENVELOPE_NONE;
	return ENVELOPE_POINTER;
}

static enum envelope
message(const struct value *v, struct arena *a, const char **inner,
    size_t *inner_len)
{
	const char *s;
	char *out;
	size_t len;

	s = value_string(v, a, &len);
	out = arena_alloc(a, len + BEHIND);
	memcpy(out, s, len);
	memset(out + len, 0, BEHIND);
	*inner = out;
	*inner_len = len;
	return ENVELOPE_MESSAGE;
}

enum envelope
envelope_open(const char *text, size_t len, struct arena *a,
    const char **inner, size_t *inner_len)
{
	struct value found[KEY_COUNT], object;

	*inner = text;
	*inner_len = len;
	if (whole(text, len, &object) == -1 || look(&object, found))
		return ENVELOPE_NONE;
	if (found[DETAIL_TYPE].type == VALUE_STRING &&
	    found[SOURCE].type == VALUE_STRING)
		return event_bridge(found, a, inner, inner_len);
	if (is(&found[TYPE], "Notification") &&
	    found[MESSAGE].type == VALUE_STRING)
		return message(&found[MESSAGE], a, inner, inner_len);
	if (is(&found[TYPE], "SubscriptionConfirmation") ||
	    is(&found[TYPE], "UnsubscribeConfirmation"))
		return ENVELOPE_POINTER;
	if (found[DIGEST_BUCKET].type != VALUE_ABSENT &&
	    found[DIGEST_END].type != VALUE_ABSENT)
		return ENVELOPE_DIGEST;
	if (is(&found[TEST_EVENT], "s3:TestEvent"))
		return ENVELOPE_POINTER;
	if (found[NOTICE_BUCKET].type == VALUE_STRING &&
	    found[NOTICE_KEY].type == VALUE_ARRAY)
		return ENVELOPE_POINTER;
	return ENVELOPE_NONE;
}

enum kind
envelope_kind(const char *text, size_t len)
{
	struct value object, key, v;
	const char *pos = NULL;

	if (whole(text, len, &object) == -1)
		return KIND_CLOUDTRAIL;
	while (value_each(&object, &pos, &key, &v)) {
		if (is(&key, "eventSource"))
			return is(&v, "aws:s3") ? KIND_S3NOTIFICATION :
			    KIND_CLOUDTRAIL;
		/* CloudTrail's versions are 1.x, notifications' 2.x */
		if (is(&key, "eventVersion") && v.type == VALUE_STRING &&
		    v.len >= 2 && memcmp(v.text, "1.", 2) == 0)
			return KIND_CLOUDTRAIL;
	}
	return KIND_CLOUDTRAIL;
}
