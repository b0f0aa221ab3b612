/*
 * What is right in an item and hardly meant. See lint.h.
 */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "detect/lint.h"
#include "detect/set.h"

static const char *const *
kind_fields(enum kind kind)
{
	/* what an event of CloudTrail has at its top */
	static const char *const cloudtrail[] = { "eventVersion", "userIdentity",
	    "eventTime", "eventSource", "eventName", "awsRegion",
	    "sourceIPAddress", "userAgent", "errorCode", "errorMessage",
	    "requestParameters", "responseElements", "additionalEventData",
	    "requestID", "eventID", "eventType", "apiVersion",
	    "managementEvent", "readOnly", "resources", "recipientAccountId",
	    "serviceEventDetails", "sharedEventID", "vpcEndpointId",
	    "vpcEndpointAccountId", "eventCategory", "addendum",
	    "sessionCredentialFromConsole", "edgeDeviceDetails", "tlsDetails",
	    "insightDetails", NULL };
	static const char *const notification[] = { "eventVersion",
	    "eventSource", "awsRegion", "eventTime", "eventName",
	    "userIdentity", "requestParameters", "responseElements", "s3",
	    "glacierEventData", NULL };
	static const char *const none[] = { NULL };

	return kind == KIND_CLOUDTRAIL ? cloudtrail :
	    kind == KIND_S3ACCESS ? s3access_names :
	    kind == KIND_S3NOTIFICATION ? notification : none;
}

/* The name of the list that name is but for the case of letters; 1 it is one. */
static int
fold_find(const char *const *list, const char *name, const char **but_case)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, name) == 0)
			return 1;
		if (strcasecmp(*list, name) == 0)
			*but_case = *list;
	}
	return 0;
}

/* Names are told apart by case: one that only differs by it is hardly meant. */
static void
lint_case(struct compile *c, const char *field, const struct err *at)
{
	const char *dot = strchr(field, '.'), *but_case = NULL;
	char first[40], shown[SHOWN_MAX];
	size_t len = dot != NULL ? (size_t)(dot - field) : strlen(field);
	int kind;

	if (c->kinds == 0 || len >= sizeof first)
		return;
	memcpy(first, field, len);
	first[len] = '\0';
	if (fold_find(common_names, first, &but_case))
		return;
	for (kind = 0; kind < KIND_COUNT; kind++)
		if ((c->kinds & 1u << kind) && fold_find(kind_fields(
		    (enum kind)kind), first, &but_case))
			return;
	if (but_case == NULL)
		return;
	text_printable(shown, sizeof shown, first, len);
	compile_note(c, at, "no record has the field \"%s\": the case of letters "
	    "matters; \"%s\" is one", shown, but_case);
}

/* "-a" and "-b" below each other were meant as a list? */
static void
lint_dashes(struct compile *c, const struct yaml_node *v, const struct err *at)
{
	const struct yaml_line *l;

	if (v->quoted || v->lines == NULL)
		return;
	for (l = v->lines; l->line != 0; l++)
		if (v->text[l->offset] != '-')
			return;
	if (l - v->lines > 1)
		compile_note(c, at, "these lines are one text; a list was meant? "
		    "A blank belongs behind each \"-\"");
}

void
lint_item(struct compile *c, const struct spec *s, const struct yaml_node *value)
{
	const struct yaml_node *const *values = &value;
	struct err at;
	size_t i, n = 1;

	if (s->field != NULL)
		lint_case(c, s->field, &s->at);
	if (value->type == YAML_LIST) {
		values = (const struct yaml_node *const *)value->items;
		n = value->n;
	}
	for (i = 0; i < n; i++) {
		if (values[i]->type != YAML_STRING)
			continue;
		at = yaml_place(c->yaml, values[i]);
		lint_dashes(c, values[i], &at);
		if (HAS(s, MOD_FIELDREF) && !HAS(s, MOD_EXPAND))
			lint_case(c, values[i]->text, &at);
	}
}
