/*
 * S3 server access log lines: 17 to 27 fields and whatever comes after. Source of the
 * grammar: Amazon S3 user guide, "Server access log format"; quotes in the request
 * URI, referer and agent are not escaped there, so the tail is parsed from the right.
 */
#ifndef PARSE_S3ACCESS_H
#define PARSE_S3ACCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/record.h"

#define S3ACCESS_LINE_MAX (64 * 1024)	/* bytes; longer lines are refused */

/* Columns by position, slices of the line; absent ones ("-", "\"-\"") have len 0 and
   text NULL, empty quoted ones ("") have len 0 and a text. */
struct s3access_line {
	struct { const char *text; size_t len; } col[S3ACCESS_COLUMNS];
	unsigned	 columns;	/* how many the line had (may be over 27) */
	int		 ambiguous;	/* stray quotes: URI, referer, agent unreliable */
};

/*
 * Splits a line (no newline; a carriage return at its end is passed over). 0, or -1
 * with e: fewer than 17 fields, bad time, a number that is none, too long. Runs of
 * spaces count as one; columns behind the 27th are counted and passed over. Any
 * thread; allocates nothing; reads nothing behind the line.
 */
int	 s3access_split(const char *line, size_t len, struct s3access_line *,
	    struct err *e);

/* "06/Feb/2019:00:00:38 +0000" (without brackets) -> ns since 1970. 0 or -1. */
int	 s3access_time(const char *, size_t len, int64_t *ns);

/* The key decoded as its operation demands (twice URL-encoded but for
   BATCH.DELETE.OBJECT and S3.*; '+' is a space). In a; *len receives the length. */
const char *s3access_key(const char *operation, size_t operation_len,
	    const char *key, size_t key_len, struct arena *a, size_t *len);

/*
 * A compiled fieldset for lines, and the record of one line: fills rec->fields,
 * time, id_hash (rec->text, len, number and scratch are set by the caller).
 */
struct s3access_plan;
struct s3access_plan *s3access_plan_new(const struct fieldset *, uint64_t seed);
void	 s3access_plan_free(struct s3access_plan *);
/* line receives what it was split into. values: room for rec->nfields values, the caller's. 0, or -1 with e. */
int	 s3access_record(const struct s3access_plan *, struct value *values,
	    struct s3access_line *line, struct record *rec, struct err *e);

/*
 * Common fields / JSON / identity of a line, see reader.h. The JSON has the columns that
 * are there: numbers as numbers, key decoded (and key_raw where that differs),
 * signatures and tokens of presigned URLs redacted, "ambiguous": true where it is so.
 */
void	 s3access_common(const struct s3access_line *, struct arena *,
	    const char *out[COMMON_COUNT]);
void	 s3access_identity(const struct s3access_line *, struct arena *,
	    const char *out[6]);
const char *s3access_json(const struct s3access_line *, struct arena *);

#endif
