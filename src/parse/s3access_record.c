/*
 * What records and alerts have of an access-log line: wanted slots, common fields,
 * identity, JSON. See s3access.h.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/s3access_impl.h"

/* A part of an ARN by its number ("arn" is 0); len 0 when there is none. */
static void
arn_part(const struct s3access_line *l, int number, const char **text,
    size_t *len)
{
	const char *p = l->col[COL_ACCESS_POINT_ARN].text, *end, *colon;

	*len = 0;
	if (p == NULL)
		return;
	end = p + l->col[COL_ACCESS_POINT_ARN].len;
	while (number-- > 0) {
		p = memchr(p, ':', (size_t)(end - p));
		if (p++ == NULL)
			return;
	}
	colon = memchr(p, ':', (size_t)(end - p));
	*text = p;
	*len = (size_t)((colon != NULL ? colon : end) - p);
}

/* us-east-1, ap-southeast-2, us-gov-west-1 ... */
static int
is_region(const char *p, size_t len)
{
	size_t i, dashes = 0, digits = 0;

	for (i = 0; i < len; i++) {
		if (p[i] == '-')
			dashes++;
		else if (p[i] >= '0' && p[i] <= '9')
			digits++;
		else if (p[i] < 'a' || p[i] > 'z' || digits > 0)
			return 0;
	}
	return len > 5 && p[2] == '-' && dashes >= 2 && digits > 0 &&
	    digits <= 2 && p[len - 1] != '-';
}

/*
 * [BUCKET.]s3[-fips][.dualstack].REGION.amazonaws.com[.cn], the older s3-REGION and
 * s3-website-REGION, access points. s3.amazonaws.com alone tells no region.
 */
static void
host_region(const char *host, size_t host_len, const char **text, size_t *len)
{
	static const char *const ends[] = { ".amazonaws.com",
	    ".amazonaws.com.cn", ".api.aws" };
	const char *label, *end, *colon;
	size_t i, n;

	*len = 0;
	if (host == NULL)
		return;
	colon = memchr(host, ':', host_len);
	if (colon != NULL)
		host_len = (size_t)(colon - host);
	for (i = 0; i < 3; i++) {
		n = strlen(ends[i]);
		if (host_len > n && memcmp(host + host_len - n, ends[i], n) == 0)
			break;
	}
	if (i == 3)
		return;
	end = host + host_len - strlen(ends[i]);
	for (label = end; label > host && label[-1] != '.'; label--)
		;
	n = (size_t)(end - label);
	if (s3access_starts(label, n, "s3-website-"))
		label += strlen("s3-website-");
	else if (s3access_starts(label, n, "s3-"))
		label += strlen("s3-");
	n = (size_t)(end - label);
	if (is_region(label, n)) {
		*text = label;
		*len = n;
	}
}

static int
is_column(const struct s3access_line *l, enum column col, const char *text)
{
	size_t len = strlen(text);

	return l->col[col].len == len && memcmp(l->col[col].text, text, len) == 0;
}

/* Parts carry the bytes; completing an upload would count them once more. */
static int
is_upload(const struct s3access_line *l)
{
	return is_column(l, COL_OPERATION, "REST.PUT.OBJECT") ||
	    is_column(l, COL_OPERATION, "REST.PUT.PART") ||
	    is_column(l, COL_OPERATION, "REST.POST.OBJECT") ||
	    is_column(l, COL_OPERATION, "SOAP.PUT.OBJECT");
}

static const char *
outcome(const struct s3access_line *l)
{
	const char *status = l->col[COL_HTTP_STATUS].text;

	if (status == NULL)	/* what S3 does by itself has no status */
		return s3access_starts(l->col[COL_OPERATION].text,
		    l->col[COL_OPERATION].len, "S3.") ? "success" : "failure";
	return *status == '2' || *status == '3' ? "success" : "failure";
}

static int
column_value(const struct s3access_line *l, enum column col, struct value *out)
{
	if (l->col[col].text == NULL)
		return -1;
	out->text = l->col[col].text;
	out->len = (uint32_t)l->col[col].len;
	out->escaped = 0;
	out->next = NULL;
	out->type = col == COL_HTTP_STATUS || (col >= COL_BYTES_SENT &&
	    col <= COL_TURN_AROUND_TIME) ? VALUE_NUMBER : VALUE_STRING;
	return 0;
}

static int
text_value(const char *text, size_t len, struct value *out)
{
	if (len == 0)
		return -1;
	memset(out, 0, sizeof *out);
	out->type = VALUE_STRING;
	out->text = text;
	out->len = (uint32_t)len;
	return 0;
}

static int
key_value(const struct s3access_line *l, struct arena *a, struct value *out)
{
	const char *key;
	size_t len;

	if (l->col[COL_KEY].text == NULL)
		return -1;
	key = s3access_key(l->col[COL_OPERATION].text,
	    l->col[COL_OPERATION].len, l->col[COL_KEY].text,
	    l->col[COL_KEY].len, a, &len);
	return text_value(key, len, out);
}

/* A common field of the line: 0, or -1 when it has none. */
static int
common_value(const struct s3access_line *l, enum common common, int64_t time,
    struct arena *a, struct value *out)
{
	const char *text = NULL;
	size_t len;
	char when[32];

	switch (common) {
	case COMMON_ACTOR:
		if (column_value(l, COL_REQUESTER, out) == 0)
			return 0;
		return text_value("anonymous", 9, out);
	case COMMON_ACTION:
		return column_value(l, COL_OPERATION, out);
	case COMMON_BUCKET:
		return column_value(l, COL_BUCKET, out);
	case COMMON_KEY:
		return key_value(l, a, out);
	case COMMON_SOURCE_IP:
		return column_value(l, COL_REMOTE_IP, out);
	case COMMON_USER_AGENT:
		return column_value(l, COL_USER_AGENT, out);
	case COMMON_OUTCOME:
		text = outcome(l);
		return text_value(text, strlen(text), out);
	case COMMON_BYTES_OUT:
		return column_value(l, COL_BYTES_SENT, out);
	case COMMON_BYTES_IN:
		return is_upload(l) ? column_value(l, COL_OBJECT_SIZE, out) : -1;
	case COMMON_TLS_VERSION:
		return column_value(l, COL_TLS_VERSION, out);
	case COMMON_ACCOUNT:
		arn_part(l, 4, &text, &len);
		return text_value(text, len, out);
	case COMMON_REGION:
		arn_part(l, 3, &text, &len);
		if (len == 0)
			host_region(l->col[COL_HOST_HEADER].text,
			    l->col[COL_HOST_HEADER].len, &text, &len);
		return text_value(text, len, out);
	case COMMON_TIME:
		text_time_format(time, when);
		return text_value(arena_strdup(a, when), strlen(when), out);
	}
	return -1;
}

/* Where a slot comes from: a column, the key as written, a common field. */
enum from { FROM_NOTHING, FROM_COLUMN, FROM_KEY, FROM_KEY_RAW, FROM_COMMON };

struct slot {
	enum from	 from;
	unsigned	 number;	/* of the column or the common field */
};

struct s3access_plan {
	uint64_t	 seed;
	size_t		 n;
	struct slot	*slots;
};

static struct slot
slot_by_name(const char *name)
{
	struct slot slot = { FROM_NOTHING, 0 };
	unsigned col;

	if (strcmp(name, "key_raw") == 0)
		slot.from = FROM_KEY_RAW;
	for (col = 0; col < S3ACCESS_COLUMNS; col++)
		if (strcmp(s3access_names[col], name) == 0) {
			slot.from = col == COL_KEY ? FROM_KEY : FROM_COLUMN;
			slot.number = col;
		}
	return slot;
}

struct s3access_plan *
s3access_plan_new(const struct fieldset *fields, uint64_t seed)
{
	struct s3access_plan *plan;
	unsigned common;
	size_t i;

	plan = xcalloc(1, sizeof *plan);
	plan->seed = seed;
	plan->n = fields->n;
	plan->slots = xcalloc(fields->n, sizeof *plan->slots);
	for (i = 0; i < fields->n; i++)
		plan->slots[i] = slot_by_name(fields->names[i]);
	for (common = 0; common < COMMON_COUNT; common++) {
		if (fields->common[common] < 0)
			continue;
		plan->slots[fields->common[common]].from = FROM_COMMON;
		plan->slots[fields->common[common]].number = common;
	}
	return plan;
}

void
s3access_plan_free(struct s3access_plan *plan)
{
	if (plan == NULL)
		return;
	free(plan->slots);
	free(plan);
}

/* A line that is delivered again has these four the same. */
static uint64_t
line_hash(const struct s3access_line *l, uint64_t seed)
{
	static const enum column parts[] = { COL_REQUEST_ID, COL_OPERATION,
	    COL_KEY, COL_HOST_ID };
	uint64_t h = seed;
	size_t i;

	if (l->col[COL_REQUEST_ID].text == NULL)
		return 0;
	for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
		h = hash64(l->col[parts[i]].text != NULL ?
		    l->col[parts[i]].text : "", l->col[parts[i]].len, h);
	return h != 0 ? h : 1;
}

static int
slot_fill(const struct slot *slot, const struct s3access_line *l,
    const struct record *rec, struct value *out)
{
	switch (slot->from) {
	case FROM_COLUMN:
		return column_value(l, (enum column)slot->number, out);
	case FROM_KEY:
		return key_value(l, rec->scratch, out);
	case FROM_KEY_RAW:
		return column_value(l, COL_KEY, out);
	case FROM_COMMON:
		return common_value(l, (enum common)slot->number, rec->time,
		    rec->scratch, out);
	case FROM_NOTHING:
		break;
	}
	return -1;
}

int
s3access_record(const struct s3access_plan *plan, struct value *values,
    struct s3access_line *line, struct record *rec, struct err *e)
{
	size_t i;

	rec->kind = KIND_S3ACCESS;
	if (s3access_read(rec->text, rec->len, line, &rec->time, e) == -1)
		return -1;
	rec->id_hash = line_hash(line, plan->seed);
	for (i = 0; i < plan->n && i < rec->nfields; i++)
		rec->fields[i] = slot_fill(&plan->slots[i], line, rec,
		    &values[i]) == 0 ? &values[i] : NULL;
	return 0;
}

void
s3access_common(const struct s3access_line *line, struct arena *a,
    const char *out[COMMON_COUNT])
{
	struct value v;
	int64_t time = RECORD_TIME_NONE;
	int i;

	s3access_time(line->col[COL_TIME].text, line->col[COL_TIME].len, &time);
	for (i = 0; i < COMMON_COUNT; i++)
		out[i] = common_value(line, (enum common)i, time, a, &v) == 0 ?
		    value_cstring(&v, a) : NULL;
}

void
s3access_identity(const struct s3access_line *line, struct arena *a,
    const char *out[6])
{
	static const enum column parts[] = { COL_REQUEST_ID, COL_OPERATION,
	    COL_KEY, COL_HOST_ID };
	struct value v;
	size_t i;

	out[0] = kind_name(KIND_S3ACCESS);
	for (i = 0; i < 4; i++)
		out[i + 1] = column_value(line, parts[i], &v) == 0 ?
		    value_cstring(&v, a) : "-";
	out[5] = NULL;
}

/* Query parameters that let whoever reads them in as the signer. */
static size_t
secret_name(const char *p, const char *end)
{
	static const char *const names[] = { "X-Amz-Signature=",
	    "X-Amz-Security-Token=", "Signature=" };
	size_t i, n;

	for (i = 0; i < 3; i++) {
		n = strlen(names[i]);
		if ((size_t)(end - p) >= n && strncasecmp(p, names[i], n) == 0)
			return n;
	}
	return 0;
}

/* text without the values of such parameters. */
static const char *
redact(const char *text, size_t *len, struct arena *a)
{
	static const char instead[] = "REDACTED";
	const char *p = text, *end = text + *len;
	char *out, *to;
	size_t n;

	if (memchr(text, '=', *len) == NULL)
		return text;
	to = out = arena_alloc(a, 2 * *len + sizeof instead);
	while (p < end) {
		if (p == text || (p[-1] != '?' && p[-1] != '&') ||
		    (n = secret_name(p, end)) == 0) {
			*to++ = *p++;
			continue;
		}
		memcpy(to, p, n);
		to += n;
		p += n;
		while (p < end && *p != '&' && *p != ' ' && *p != '"')
			p++;
		memcpy(to, instead, sizeof instead - 1);
		to += sizeof instead - 1;
	}
	*len = (size_t)(to - out);
	return out;
}

static void
json_column(struct buf *b, const char *name, const struct value *v,
    struct arena *a)
{
	const char *text = v->text;
	size_t len = v->len;

	buf_adds(b, b->len > 1 ? ",\"" : "\"");
	buf_adds(b, name);
	buf_adds(b, "\":");
	if (v->type == VALUE_NUMBER && (len == 1 || *text != '0')) {
		buf_add(b, text, len);
		return;
	}
	text = redact(text, &len, a);
	buf_json(b, text, len);
}

const char *
s3access_json(const struct s3access_line *line, struct arena *a)
{
	struct buf b = BUF_INIT(16 * S3ACCESS_LINE_MAX);
	struct value v, raw;
	const char *out;
	unsigned col;

	buf_addc(&b, '{');
	for (col = 0; col < S3ACCESS_COLUMNS; col++) {
		if (column_value(line, (enum column)col, &v) == -1)
			continue;
		raw = v;
		if (col == COL_KEY)
			key_value(line, a, &v);
		json_column(&b, s3access_names[col], &v, a);
		if (raw.text != v.text)
			json_column(&b, "key_raw", &raw, a);
	}
	if (line->ambiguous)
		buf_adds(&b, ",\"ambiguous\":true");
	buf_addc(&b, '}');
	out = arena_strndup(a, buf_text(&b), b.len);
	buf_clear(&b);
	return out;
}
