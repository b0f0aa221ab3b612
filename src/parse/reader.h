/*
 * The reader: bytes -> records. Decides by content what it has (gzip or not; an
 * access log, or JSON in any of its envelopes: {"Records":[...]}, an array, one
 * record a line, a single record, EventBridge, SNS; digest files are told apart),
 * walks it in a bounded window and hands out one record after the other with the
 * wanted fields as slices. One reader serves one worker; it is reused. No globals.
 */
#ifndef PARSE_READER_H
#define PARSE_READER_H

#include "base/err.h"
#include "io/bytes.h"
#include "io/gunzip.h"
#include "model/record.h"

enum input_mode { INPUT_AUTO, INPUT_JSON, INPUT_S3ACCESS };

#define READER_RECORD_MAX_DEFAULT (16 * 1024 * 1024)
#define READER_EVENT_MAX (256 * 1024)	/* of a record in reader_event_json() */
#define READER_LINE_MAX (64 * 1024)	/* bytes of an access-log line */

struct reader_options {
	const struct fieldset *fields[KIND_COUNT];	/* borrowed; none is NULL */
	enum input_mode	 mode;
	const char	*time_field;	/* INPUT_JSON: where the time is; or NULL */
	size_t		 record_max;	/* bytes of one JSON record */
	struct gunzip_limits gunzip;
	int		 slow_inflate;	/* 1: zlib alone */
	uint64_t	 id_seed;	/* for id_hash */
};

struct reader;
struct reader *reader_new(const struct reader_options *);
void	 reader_free(struct reader *);

/*
 * Starts on an object. src is borrowed until the next start. records_done: number of
 * the record before the first one (a growing file's later part). growing: an
 * unfinished end is no damage (READER_UNFINISHED).
 */
void	 reader_start(struct reader *, struct bytes *src, uint64_t records_done,
	    int growing);

enum reader_status {
	READER_RECORD,		/* *rec is a record */
	READER_BAD,		/* this one is not (e: why; e->line its number, which
				   is used up); go on */
	READER_END,		/* all read */
	READER_UNFINISHED,	/* growing only: ends in mid-record or mid-stream */
	READER_DAMAGED		/* the rest cannot be read (e: why; e->line the record
				   that it ends in, 0: decompression) */
};

/* The next one. rec and its slices are valid until the next call. */
enum reader_status reader_next(struct reader *, const struct record **rec,
	    struct err *e);

/* The common fields of the record last handed out, as NUL-terminated strings in a
   (NULL: it has none). For records that hit; costs a second look at the record. */
void	 reader_common(struct reader *, struct arena *a,
	    const char *out[COMMON_COUNT]);

/* The record last handed out as one line of valid JSON, an object: the record itself
   (what it arrived as, where that was made over), or an access-log line as an object of
   its columns. A record of more than READER_EVENT_MAX bytes is told by its size and its
   beginning: {"truncated":true,"bytes":N,"start":"..."}. Valid until the next reader_next(); *len receives its length. */
const char *reader_event_json(struct reader *, size_t *len);

/*
 * What identifies the record last handed out, for alert_id(): up to 4 strings,
 * NULL-ended: kind and eventID, account, region; access log: request id, operation,
 * key, host id; else the SHA-256 of its text. Strings in a.
 */
void	 reader_identity(struct reader *, struct arena *a, const char *out[6]);

int	 reader_is_digest(const struct reader *);  /* a CloudTrail digest file */
int	 reader_by_line(const struct reader *);	/* plain text, one record a line */
/*
 * by_line: stored offset (in the file: src->start counts in) behind the last whole line
 * that was handed out, as records or as a bad one. An access-log line without a newline
 * is handed out at the end of a text that does not grow, but is not consumed: more of it
 * may come later, and then it is read again as a whole.
 */
uint64_t reader_consumed(const struct reader *);
/* by_line: number of the last record (access log: line) before reader_consumed(). */
uint64_t reader_consumed_records(const struct reader *);
uint64_t reader_bytes_in(const struct reader *);	/* of this object, stored */
uint64_t reader_bytes_out(const struct reader *);	/* decompressed */

#endif
