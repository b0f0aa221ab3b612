/*
 * Envelopes: what a top-level JSON object is, seen by its keys: a record itself, or
 * something with a record in it (EventBridge, SNS), or no evidence at all.
 */
#ifndef PARSE_ENVELOPE_H
#define PARSE_ENVELOPE_H

#include <stddef.h>

#include "base/mem.h"
#include "model/record.h"

enum envelope {
	ENVELOPE_NONE,		/* a record itself, as far as one can tell */
	ENVELOPE_CLOUDTRAIL,	/* EventBridge: "detail" is a CloudTrail record */
	ENVELOPE_S3_EVENT,	/* EventBridge: an S3 notification, made over */
	ENVELOPE_MESSAGE,	/* SNS: "Message" holds text, mostly JSON again */
	ENVELOPE_DIGEST,	/* a CloudTrail digest file */
	ENVELOPE_POINTER	/* not evidence: S3's test event, CloudTrail's notice of a
				   delivered file, an SNS subscription, EventBridge events
				   of other services */
};

/*
 * Looks at a whole top-level object. inner receives the record's text for CLOUDTRAIL
 * (a slice of text), the remade record for S3_EVENT and the unescaped message for
 * MESSAGE (both in a, with 64 readable bytes behind); else text itself. One pass that
 * ends at the first key that only records have.
 */
enum envelope envelope_open(const char *text, size_t len, struct arena *a,
	    const char **inner, size_t *inner_len);
/* KIND_S3NOTIFICATION when eventSource is "aws:s3", else KIND_CLOUDTRAIL. */
enum kind envelope_kind(const char *text, size_t len);

#endif
