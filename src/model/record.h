/*
 * A record: one log entry, as slices of its text for just the fields that somebody
 * asked for. What is asked for is a fieldset; parsers fill a record's slots by it.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "model/value.h"

/* The kinds of record that there are; Sigma's logsource picks among them. */
enum kind {
	KIND_CLOUDTRAIL,	/* product aws, service cloudtrail */
	KIND_S3ACCESS,		/* product aws, service s3access */
	KIND_S3NOTIFICATION,	/* product aws, service s3notification */
	KIND_JSON		/* anything (--input json): every rule runs */
};
#define KIND_COUNT 4

const char *kind_name(enum kind);	/* "cloudtrail" ... "json" */

/* The common fields, which every kind of record has (category: storage). */
enum common {
	COMMON_ACTOR,
	COMMON_ACTION,
	COMMON_BUCKET,
	COMMON_KEY,
	COMMON_SOURCE_IP,
	COMMON_USER_AGENT,
	COMMON_OUTCOME,		/* "success" or "failure" */
	COMMON_BYTES_OUT,
	COMMON_BYTES_IN,
	COMMON_TLS_VERSION,
	COMMON_ACCOUNT,
	COMMON_REGION,
	COMMON_TIME		/* RFC 3339 */
};
#define COMMON_COUNT 13

extern const char *const common_names[COMMON_COUNT + 1];	/* NULL-ended */
/* The common field of that name or -1. */
int	 common_find(const char *name);

/* The columns of an S3 server access log line, in their order. */
#define S3ACCESS_COLUMNS 27
extern const char *const s3access_names[S3ACCESS_COLUMNS + 1];	/* NULL-ended */

/*
 * A fieldset: the paths that are wanted of one kind of record, each with a slot
 * number. Slots are given in the order of first asking. Made once per rule set, then
 * read-only and shared.
 */
struct fieldset {
	enum kind	 kind;
	char		**names;	/* names[slot]: the path */
	size_t		 n, cap;
	int		 common[COMMON_COUNT];	/* slot of a common field or -1 */
};

struct fieldset *fieldset_new(enum kind);
void	 fieldset_free(struct fieldset *);
/*
 * The slot of a field; added when it is new. A common field's name is one unless the
 * kind has a field of its own of that name (s3access has bucket, key, time,
 * user_agent and tls_version; a clash goes to AWS's own name). For KIND_JSON every
 * name is the record's own first and a common field where the record has none.
 */
size_t	 fieldset_add(struct fieldset *, const char *name);
/* The slot of a common field itself (never AWS's own of that name). For KIND_JSON
   the same slot as fieldset_add() of its name. */
size_t	 fieldset_add_common(struct fieldset *, enum common);
/* Slot of a name, or -1 when nobody asked for it. */
int	 fieldset_find(const struct fieldset *, const char *name);

#define RECORD_TIME_NONE INT64_MIN

/*
 * A record as a parser hands it out. All slices are valid until the parser is asked
 * for the next one. fields[slot] is NULL where the record has no such field.
 */
struct record {
	enum kind	 kind;
	uint64_t	 number;	/* 1-based in its object */
	const char	*text;		/* the record's own text (JSON object or line) */
	size_t		 len;
	const char	*evidence;	/* what it arrived as, where that is another text
					   (an EventBridge envelope made over); else NULL */
	size_t		 evidence_len;
	int64_t		 time;		/* event time, ns since 1970; RECORD_TIME_NONE */
	uint64_t	 id_hash;	/* hash of what makes it the same record when it is
					   delivered again; 0 when it has no such thing */
	struct value	**fields;
	size_t		 nfields;
	struct arena	*scratch;	/* for this record only: what values need when
					   they are unescaped; reset with each record */
};

#endif
