/*
 * Where the common fields, the time and the identity of JSON records come from. See
 * cloudtrail.h. One table says which paths each of them is made of, one function makes
 * it, of the slots that the field scanner filled.
 * Sources: CloudTrail user guide ("Record contents", "userIdentity element", "Insights
 * fields", "Aggregated events"), Amazon S3 user guide ("CloudTrail log entries", "Event
 * message structure").
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/crypto.h"
#include "parse/cloudtrail.h"
#include "parse/form.h"

enum path {
	EVENT_ID, EVENT_ID_AGGREGATED, RECIPIENT_ACCOUNT, ACCOUNT_AGGREGATED,
	REGION, EVENT_TIME, WINDOW_START, EVENT_NAME, INSIGHT_NAME, DIMENSION,
	DIMENSION_NAME, USER_TYPE, USER_ARN, USER_PRINCIPAL, USER_ACCOUNT,
	USER_NAME, USER_INVOKED_BY, USER_ISSUER, BUCKET, KEY, HOST, HOST_OLD,
	RESOURCE_ARN, RESOURCE_PREFIX, SOURCE_IP, USER_AGENT, ERROR_CODE,
	CONSOLE_LOGIN, BYTES_OUT, BYTES_IN, TLS_VERSION,
	S3_BUCKET, S3_KEY, S3_SIZE, S3_SEQUENCER, S3_REQUEST_ID, S3_SOURCE_IP
};
#define PATH_COUNT 37

/* What a path serves: common fields by their bit, or every record. */
#define FOR(common) (1U << (common))
#define ALWAYS (1U << 31)
_Static_assert(COMMON_COUNT < 31, "a bit for each common field");

struct need {
	const char	*path;
	unsigned	 trail, notification;	/* kinds: CloudTrail's form; S3's */
};

static const struct need needs[PATH_COUNT] = {
	[EVENT_ID] = { "eventID", ALWAYS, 0 },
	[EVENT_ID_AGGREGATED] = { "eventId", ALWAYS, 0 },
	[RECIPIENT_ACCOUNT] = { "recipientAccountId", ALWAYS, 0 },
	[ACCOUNT_AGGREGATED] = { "accountId", ALWAYS, 0 },
	[REGION] = { "awsRegion", ALWAYS, FOR(COMMON_REGION) },
	[EVENT_TIME] = { "eventTime", ALWAYS, ALWAYS },
	[WINDOW_START] = { "timeWindow.windowStart", ALWAYS, 0 },
	[EVENT_NAME] = { "eventName", FOR(COMMON_ACTION), ALWAYS },
	[INSIGHT_NAME] = { "insightDetails.eventName", FOR(COMMON_ACTION), 0 },
	[DIMENSION] = { "summary.primaryDimension.dimension",
	    FOR(COMMON_ACTION), 0 },
	[DIMENSION_NAME] = { "summary.primaryDimension.statistics.name",
	    FOR(COMMON_ACTION), 0 },
	[USER_TYPE] = { "userIdentity.type", FOR(COMMON_ACTOR), 0 },
	[USER_ARN] = { "userIdentity.arn", FOR(COMMON_ACTOR), 0 },
	[USER_PRINCIPAL] = { "userIdentity.principalId", FOR(COMMON_ACTOR),
	    FOR(COMMON_ACTOR) },
	[USER_ACCOUNT] = { "userIdentity.accountId",
	    FOR(COMMON_ACTOR) | FOR(COMMON_ACCOUNT), 0 },
	[USER_NAME] = { "userIdentity.userName", FOR(COMMON_ACTOR), 0 },
	[USER_INVOKED_BY] = { "userIdentity.invokedBy", FOR(COMMON_ACTOR), 0 },
	[USER_ISSUER] = { "userIdentity.sessionContext.sessionIssuer.arn",
	    FOR(COMMON_ACTOR), 0 },
	[BUCKET] = { "requestParameters.bucketName", FOR(COMMON_BUCKET), 0 },
	[KEY] = { "requestParameters.key", FOR(COMMON_KEY), 0 },
	[HOST] = { "requestParameters.Host", FOR(COMMON_BUCKET), 0 },
	[HOST_OLD] = { "requestParameters.host", FOR(COMMON_BUCKET), 0 },
	[RESOURCE_ARN] = { "resources.ARN",
	    FOR(COMMON_BUCKET) | FOR(COMMON_KEY), 0 },
	[RESOURCE_PREFIX] = { "resources.ARNPrefix", FOR(COMMON_BUCKET), 0 },
	[SOURCE_IP] = { "sourceIPAddress", FOR(COMMON_SOURCE_IP), 0 },
	[USER_AGENT] = { "userAgent", FOR(COMMON_USER_AGENT), 0 },
	[ERROR_CODE] = { "errorCode", FOR(COMMON_OUTCOME), 0 },
	[CONSOLE_LOGIN] = { "responseElements.ConsoleLogin",
	    FOR(COMMON_OUTCOME), 0 },
	[BYTES_OUT] = { "additionalEventData.bytesTransferredOut",
	    FOR(COMMON_BYTES_OUT), 0 },
	[BYTES_IN] = { "additionalEventData.bytesTransferredIn",
	    FOR(COMMON_BYTES_IN), 0 },
	[TLS_VERSION] = { "tlsDetails.tlsVersion", FOR(COMMON_TLS_VERSION), 0 },
	[S3_BUCKET] = { "s3.bucket.name", 0, ALWAYS },
	[S3_KEY] = { "s3.object.key", 0, ALWAYS },
	[S3_SIZE] = { "s3.object.size", 0, FOR(COMMON_BYTES_IN) },
	[S3_SEQUENCER] = { "s3.object.sequencer", 0, ALWAYS },
	[S3_REQUEST_ID] = { "responseElements.x-amz-request-id", 0, ALWAYS },
	[S3_SOURCE_IP] = { "requestParameters.sourceIPAddress", 0,
	    FOR(COMMON_SOURCE_IP) }
};

struct json_plan {
	enum kind	 kind;
	uint64_t	 seed;
	struct scan_plan *scan;
	size_t		 slots;
	int		 at[PATH_COUNT];	/* slot of a path or -1 */
	int		 common[COMMON_COUNT];	/* as in the fieldset */
	int		 time;			/* slot of the time field or -1 */
};

/* The paths under construction; names are borrowed. */
struct paths {
	const char	**list;
	size_t		 n, cap;
};

static int
paths_add(struct paths *paths, const char *path)
{
	size_t i;

	for (i = 0; i < paths->n; i++)
		if (strcmp(paths->list[i], path) == 0)
			return (int)i;
	paths->list = xgrow(paths->list, &paths->cap, paths->n + 1,
	    sizeof *paths->list);
	paths->list[paths->n] = path;
	return (int)paths->n++;
}

struct json_plan *
json_plan_new(const struct fieldset *fields, uint64_t seed,
    const char *time_field)
{
	struct paths paths = { NULL, 0, 0 };
	struct json_plan *plan;
	unsigned wanted = ALWAYS, serves;
	size_t i;

	plan = xcalloc(1, sizeof *plan);
	plan->kind = fields->kind;
	plan->seed = seed;
	plan->time = -1;
	memcpy(plan->common, fields->common, sizeof plan->common);
	for (i = 0; i < fields->n; i++)		/* distinct: slot = place */
		paths_add(&paths, fields->names[i]);
	for (i = 0; i < COMMON_COUNT; i++)
		if (fields->common[i] >= 0)
			wanted |= FOR(i);
	for (i = 0; i < PATH_COUNT; i++) {
		serves = plan->kind == KIND_S3NOTIFICATION ?
		    needs[i].notification : needs[i].trail;
		plan->at[i] = serves & wanted ?
		    paths_add(&paths, needs[i].path) : -1;
	}
	if (plan->kind == KIND_JSON && time_field != NULL)
		plan->time = paths_add(&paths, time_field);
	plan->slots = paths.n;
	plan->scan = scan_plan_new(paths.list, paths.n);
	free(paths.list);
	return plan;
}

void
json_plan_free(struct json_plan *plan)
{
	if (plan == NULL)
		return;
	scan_plan_free(plan->scan);
	free(plan);
}

const struct scan_plan *
json_plan_scan(const struct json_plan *plan)
{
	return plan->scan;
}

size_t
json_plan_slots(const struct json_plan *plan)
{
	return plan->slots;
}

/* A record that is looked at by its plan's slots. */
struct look {
	enum kind	 kind;
	const struct json_plan *plan;
	struct value	*const *fields;
	struct arena	*arena;
};

static const struct value *
at(const struct look *l, enum path path)
{
	return l->plan->at[path] >= 0 ? l->fields[l->plan->at[path]] : NULL;
}

static int
on_scalar(void *arg, const struct value *leaf)
{
	struct value *out = arg;

	if (leaf->type == VALUE_NULL ||
	    (leaf->type == VALUE_STRING && leaf->len == 0))
		return 0;
	*out = *leaf;
	out->next = NULL;
	return 1;
}

/*
 * The first scalar of a path that says something: old events have arrays and objects
 * where today's have strings. 0 or -1.
 */
static int
scalar(const struct look *l, enum path path, struct value *out)
{
	const struct value *v;

	for (v = at(l, path); v != NULL; v = v->next) {
		if (v->type == VALUE_STRING && v->len > 0) {	/* as nearly always */
			*out = *v;
			out->next = NULL;
			return 0;
		}
		if (value_leaves(v, 0, on_scalar, out) == 1)
			return 0;
	}
	return -1;
}

static int
first_of(const struct look *l, const enum path *list, size_t n,
    struct value *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (scalar(l, list[i], out) == 0)
			return 0;
	return -1;
}

static int
make(struct value *out, const char *text, size_t len)
{
	if (len == 0 || len > UINT32_MAX)
		return -1;
	memset(out, 0, sizeof *out);
	out->type = VALUE_STRING;
	out->text = text;
	out->len = (uint32_t)len;
	return 0;
}

static int
is(const struct value *v, const char *text)
{
	return value_is(v, text, strlen(text));
}

/* before + v, or before + v + middle + w: never a NUL of theirs is lost. */
static int
join(const struct look *l, struct value *out, const char *before,
    const struct value *v, const char *middle, const struct value *w)
{
	const char *piece[4];
	size_t len[4], total = 0, i;
	char *text, *to;

	piece[0] = before;
	len[0] = strlen(before);
	piece[1] = value_string(v, l->arena, &len[1]);
	piece[2] = middle;
	len[2] = strlen(middle);
	piece[3] = value_string(w, l->arena, &len[3]);
	for (i = 0; i < 4; i++)
		total += piece[i] != NULL ? len[i] : 0;
	to = text = arena_alloc(l->arena, total + 1);
	for (i = 0; i < 4; i++) {
		if (piece[i] == NULL || len[i] == 0)
			continue;
		memcpy(to, piece[i], len[i]);
		to += len[i];
	}
	return make(out, text, total);
}

/* Another account: it alone, with the principal where one is told; or nobody. */
static int
foreign_actor(const struct look *l, struct value *out)
{
	struct value account, principal;

	if (scalar(l, USER_ACCOUNT, &account) == -1)
		return scalar(l, USER_PRINCIPAL, out);
	/* "anonymous" in the user guide, the other in older records. */
	if (is(&account, "anonymous") || is(&account, "ANONYMOUS_PRINCIPAL"))
		return make(out, "anonymous", 9);
	if (scalar(l, USER_PRINCIPAL, &principal) == 0)
		return join(l, out, "", &account, "/", &principal);
	*out = account;
	return 0;
}

/* Who acted, under one name for all of its sessions. */
static int
actor(const struct look *l, struct value *out)
{
	static const enum path fallbacks[] = { USER_ARN, USER_PRINCIPAL,
	    USER_NAME, USER_INVOKED_BY, USER_ACCOUNT };
	static const enum path accounts[] = { USER_ACCOUNT, RECIPIENT_ACCOUNT };
	struct value type, v, none;

	memset(&none, 0, sizeof none);
	if (scalar(l, USER_TYPE, &type) == -1)
		type = none;
	if (is(&type, "AssumedRole") && scalar(l, USER_ISSUER, out) == 0)
		return 0;
	if (is(&type, "Root") && first_of(l, accounts, 2, &v) == 0)
		return join(l, out, "root@", &v, "", &none);
	if (is(&type, "AWSService") && scalar(l, USER_INVOKED_BY, out) == 0)
		return 0;
	if (is(&type, "AWSAccount") && foreign_actor(l, out) == 0)
		return 0;
	return first_of(l, fallbacks, 5, out);
}

static int
action(const struct look *l, struct value *out)
{
	static const enum path names[] = { EVENT_NAME, INSIGHT_NAME };
	struct value dimension;

	if (first_of(l, names, 2, out) == 0)
		return 0;
	if (scalar(l, DIMENSION, &dimension) == -1 ||
	    !is(&dimension, "eventName"))
		return -1;
	return scalar(l, DIMENSION_NAME, out);
}

/* The part of arn:PARTITION:s3:::BUCKET/KEY behind the last colon. */
static const char *
s3_arn(const struct look *l, const struct value *v, size_t *len)
{
	const char *s, *at_s3;
	size_t n;

	s = value_string(v, l->arena, &n);
	if (s == NULL || n < 4 || memcmp(s, "arn:", 4) != 0)
		return NULL;
	at_s3 = memmem(s, n, ":s3:::", 6);
	if (at_s3 == NULL || memchr(s + 4, ':', n - 4) != at_s3)
		return NULL;
	*len = n - (size_t)(at_s3 + 6 - s);
	return at_s3 + 6;
}

/* From the resources: the first bucket named there, or the first object's key. */
static int
resource(const struct look *l, enum path path, int want_key,
    struct value *out)
{
	const struct value *v;
	const char *s, *slash;
	size_t len;

	for (v = at(l, path); v != NULL; v = v->next) {
		s = s3_arn(l, v, &len);
		if (s == NULL)
			continue;
		slash = memchr(s, '/', len);
		if (!want_key)
			return make(out, s,
			    slash != NULL ? (size_t)(slash - s) : len);
		if (slash != NULL && make(out, slash + 1,
		    (size_t)(s + len - slash - 1)) == 0)
			return 0;
	}
	return -1;
}

/* BUCKET.s3.REGION.amazonaws.com, BUCKET.s3-REGION..., BUCKET.s3.amazonaws.com */
static int
host_bucket(const struct look *l, enum path path, struct value *out)
{
	const char *s, *p, *found = NULL;
	struct value v;
	size_t len;

	if (scalar(l, path, &v) == -1)
		return -1;
	s = value_string(&v, l->arena, &len);
	if (s == NULL || memmem(s, len, ".amazonaws.com", 14) == NULL)
		return -1;
	for (p = s; p + 4 < s + len; p++)
		if (memcmp(p, ".s3", 3) == 0 && (p[3] == '.' || p[3] == '-'))
			found = p;
	if (found == NULL || (size_t)(s + len - found) < 15 ||
	    memmem(found, (size_t)(s + len - found), "s3-accesspoint", 14) ||
	    memmem(found, (size_t)(s + len - found), "s3-control", 10))
		return -1;
	return make(out, s, (size_t)(found - s));
}

static int
bucket(const struct look *l, struct value *out)
{
	if (scalar(l, BUCKET, out) == 0 ||
	    resource(l, RESOURCE_ARN, 0, out) == 0 ||
	    resource(l, RESOURCE_PREFIX, 0, out) == 0 ||
	    host_bucket(l, HOST, out) == 0)
		return 0;
	return host_bucket(l, HOST_OLD, out);
}

/* S3 puts the agent into brackets. */
static int
user_agent(const struct look *l, struct value *out)
{
	if (scalar(l, USER_AGENT, out) == -1)
		return -1;
	if (out->type == VALUE_STRING && out->len > 2 &&
	    out->text[0] == '[' && out->text[out->len - 1] == ']') {
		out->text++;
		out->len -= 2;
	}
	return 0;
}

static int
outcome(const struct look *l, struct value *out)
{
	struct value v;

	/* of any JSON, only what looks like CloudTrail has an outcome */
	if (l->kind == KIND_JSON && at(l, EVENT_ID) == NULL &&
	    at(l, EVENT_TIME) == NULL)
		return -1;
	if (scalar(l, ERROR_CODE, &v) == 0 ||
	    (scalar(l, CONSOLE_LOGIN, &v) == 0 && is(&v, "Failure")))
		return make(out, "failure", 7);
	return make(out, "success", 7);
}

static int
time_text(const struct look *l, int64_t time, struct value *out)
{
	char text[32];

	if (time == RECORD_TIME_NONE)
		return -1;
	text_time_format(time, text);
	return make(out, arena_strdup(l->arena, text), strlen(text));
}

static int
trail_common(const struct look *l, enum common common, int64_t time,
    struct value *out)
{
	static const enum path accounts[] = { RECIPIENT_ACCOUNT,
	    ACCOUNT_AGGREGATED, USER_ACCOUNT };

	switch (common) {
	case COMMON_ACTOR:
		return actor(l, out);
	case COMMON_ACTION:
		return action(l, out);
	case COMMON_BUCKET:
		return bucket(l, out);
	case COMMON_KEY:
		return scalar(l, KEY, out) == 0 ? 0 :
		    resource(l, RESOURCE_ARN, 1, out);
	case COMMON_SOURCE_IP:
		return scalar(l, SOURCE_IP, out);
	case COMMON_USER_AGENT:
		return user_agent(l, out);
	case COMMON_OUTCOME:
		return outcome(l, out);
	case COMMON_BYTES_OUT:
		return scalar(l, BYTES_OUT, out);
	case COMMON_BYTES_IN:
		return scalar(l, BYTES_IN, out);
	case COMMON_TLS_VERSION:
		return scalar(l, TLS_VERSION, out);
	case COMMON_ACCOUNT:
		return first_of(l, accounts, 3, out);
	case COMMON_REGION:
		return scalar(l, REGION, out);
	case COMMON_TIME:
		return time_text(l, time, out);
	}
	return -1;
}

static int
notification_key(const struct look *l, struct value *out)
{
	const char *s;
	struct value v;
	size_t len;
	char *key;

	if (scalar(l, S3_KEY, &v) == -1)
		return -1;
	s = value_string(&v, l->arena, &len);
	key = arena_alloc(l->arena, len + 1);
	return make(out, key, form_decode(key, s, len));
}

static int
is_created(const struct look *l)
{
	static const char created[] = "ObjectCreated";
	const char *s;
	struct value v;
	size_t len;

	if (scalar(l, EVENT_NAME, &v) == -1)
		return 0;
	s = value_string(&v, l->arena, &len);
	if (len >= 3 && memcmp(s, "s3:", 3) == 0) {
		s += 3;
		len -= 3;
	}
	return len >= sizeof created - 1 &&
	    memcmp(s, created, sizeof created - 1) == 0;
}

static int
notification_common(const struct look *l, enum common common, int64_t time,
    struct value *out)
{
	switch (common) {
	case COMMON_ACTOR:
		return scalar(l, USER_PRINCIPAL, out);
	case COMMON_ACTION:
		return scalar(l, EVENT_NAME, out);
	case COMMON_BUCKET:
		return scalar(l, S3_BUCKET, out);
	case COMMON_KEY:
		return notification_key(l, out);
	case COMMON_SOURCE_IP:
		return scalar(l, S3_SOURCE_IP, out);
	case COMMON_OUTCOME:	/* only what was done is notified */
		return make(out, "success", 7);
	case COMMON_BYTES_IN:
		return is_created(l) ? scalar(l, S3_SIZE, out) : -1;
	case COMMON_REGION:
		return scalar(l, REGION, out);
	case COMMON_TIME:
		return time_text(l, time, out);
	case COMMON_USER_AGENT:
	case COMMON_BYTES_OUT:
	case COMMON_TLS_VERSION:
	case COMMON_ACCOUNT:
		break;
	}
	return -1;
}

static int
common_value(const struct look *l, enum common common, int64_t time,
    struct value *out)
{
	return l->kind == KIND_S3NOTIFICATION ?
	    notification_common(l, common, time, out) :
	    trail_common(l, common, time, out);
}

/* ISO 8601 or, where a time field was named, seconds or milliseconds since 1970. */
static int64_t
time_of(const struct value *v, int epoch, struct arena *a)
{
	const char *s;
	double x;
	int64_t ns;
	size_t len;

	s = value_string(v, a, &len);
	if (s != NULL && v->type == VALUE_STRING &&
	    text_time(s, len, &ns) == 0)
		return ns;
	if (!epoch || value_number(v, &x) == -1)
		return RECORD_TIME_NONE;
	if (x > 1e11 || x < -1e11)	/* milliseconds since 1973, or the year 5138 */
		x /= 1000;
	if (!(x > -9.2e9 && x < 9.2e9))
		return RECORD_TIME_NONE;
	/* whole seconds apart: a double has no room for both */
	ns = (int64_t)x;
	return ns * NS_PER_SEC + (int64_t)((x - (double)ns) * 1e6 +
	    (x < 0 ? -0.5 : 0.5)) * 1000;
}

static int64_t
record_time(const struct look *l)
{
	static const enum path times[] = { EVENT_TIME, WINDOW_START };
	const struct value *v;
	struct value found;

	if (l->plan->time >= 0) {
		v = l->fields[l->plan->time];
		return v != NULL && value_leaves(v, 0, on_scalar, &found) == 1 ?
		    time_of(&found, 1, l->arena) : RECORD_TIME_NONE;
	}
	if (first_of(l, times, 2, &found) == -1)
		return RECORD_TIME_NONE;
	return time_of(&found, 0, l->arena);
}

/* What makes it the same record when it comes again: up to 5 values, absent ones of
   type VALUE_ABSENT. Returns how many; 0: nothing does. */
static size_t
identity(const struct look *l, struct value out[5])
{
	static const enum path ids[] = { EVENT_ID, EVENT_ID_AGGREGATED };
	static const enum path accounts[] = { RECIPIENT_ACCOUNT,
	    ACCOUNT_AGGREGATED };

	memset(out, 0, 5 * sizeof *out);
	if (l->kind == KIND_JSON)
		return 0;
	if (l->kind == KIND_CLOUDTRAIL) {
		if (first_of(l, ids, 2, &out[0]) == -1)
			return 0;
		first_of(l, accounts, 2, &out[1]);
		scalar(l, REGION, &out[2]);
		return 3;
	}
	scalar(l, S3_SEQUENCER, &out[2]);
	scalar(l, S3_REQUEST_ID, &out[4]);
	if (out[2].type == VALUE_ABSENT && out[4].type == VALUE_ABSENT)
		return 0;
	scalar(l, S3_BUCKET, &out[0]);
	scalar(l, S3_KEY, &out[1]);
	scalar(l, EVENT_NAME, &out[3]);
	return 5;
}

static uint64_t
identity_hash(const struct look *l, uint64_t seed)
{
	struct value id[5];
	const char *s;
	uint64_t h = seed;
	size_t n, i, len;

	n = identity(l, id);
	if (n == 0)
		return 0;
	for (i = 0; i < n; i++) {
		s = value_string(&id[i], l->arena, &len);
		h = hash64(s != NULL ? s : "", len, h);
	}
	return h != 0 ? h : 1;
}

void
json_plan_finish(const struct json_plan *plan, struct record *rec)
{
	struct look l = { plan->kind, plan, rec->fields, rec->scratch };
	struct value *own[COMMON_COUNT], v;
	int i, slot;

	rec->time = record_time(&l);
	rec->id_hash = identity_hash(&l, plan->seed);
	for (i = 0; i < COMMON_COUNT; i++) {
		slot = plan->common[i];
		own[i] = NULL;
		if (slot < 0)
			continue;
		if (plan->kind == KIND_JSON && rec->fields[slot] != NULL)
			own[i] = rec->fields[slot];
		else if (common_value(&l, (enum common)i, rec->time, &v) == 0) {
			own[i] = arena_alloc(rec->scratch, sizeof v);
			*own[i] = v;
		}
	}
	/* Only now: a slot may be what another common field is made of. */
	for (i = 0; i < COMMON_COUNT; i++)
		if (plan->common[i] >= 0)
			rec->fields[plan->common[i]] = own[i];
}

struct json_plan *
json_plan_whole(enum kind kind, uint64_t seed, const char *time_field)
{
	struct fieldset *fields = fieldset_new(kind);
	struct json_plan *plan;
	int i;

	for (i = 0; i < COMMON_COUNT; i++)
		fieldset_add_common(fields, (enum common)i);
	plan = json_plan_new(fields, seed, time_field);
	fieldset_free(fields);
	return plan;
}

void
json_plan_common(const struct json_plan *plan, const struct record *rec,
    struct arena *a, const char *out[COMMON_COUNT])
{
	struct value v;
	int i;

	for (i = 0; i < COMMON_COUNT; i++)
		out[i] = rec->fields[plan->common[i]] != NULL &&
		    value_leaves(rec->fields[plan->common[i]], 0, on_scalar,
		    &v) == 1 ? value_cstring(&v, a) : NULL;
}

/* Without an identity of its own a record is what it says. */
static void
content_identity(const struct record *rec, struct arena *a, const char *out[6])
{
	struct piece piece = { rec->text, rec->len };
	uint8_t digest[32];
	char *hex;

	crypto_sha256(&piece, 1, digest);
	hex = arena_alloc(a, 65);
	out[1] = crypto_hex(hex, digest, 32);
	out[2] = NULL;
}

void
json_plan_identity(const struct json_plan *plan, const struct record *rec,
    struct arena *a, const char *out[6])
{
	struct look l = { plan->kind, plan, rec->fields, rec->scratch };
	struct value id[5];
	const char *s;
	size_t n, i;

	out[0] = kind_name(plan->kind);
	n = identity(&l, id);
	if (n == 0) {
		content_identity(rec, a, out);
		return;
	}
	/* a notification's request id stands in where it has no sequencer */
	if (n == 5 && id[2].type == VALUE_ABSENT)
		id[2] = id[4];
	if (n == 5)
		n = 4;
	for (i = 0; i < n; i++) {
		s = value_cstring(&id[i], a);
		out[i + 1] = s != NULL ? s : "-";
	}
	out[n + 1] = NULL;
}
