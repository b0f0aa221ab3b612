/*
 * What the files of the reader share: its struct, and the two ways to walk a text
 * (jsonreader.c, linereader.c).
 */
#ifndef PARSE_READER_IMPL_H
#define PARSE_READER_IMPL_H

#include "base/buf.h"
#include "parse/cloudtrail.h"
#include "parse/reader.h"
#include "parse/s3access.h"
#include "parse/window.h"

#define READER_LEVELS 3		/* the object, a message in it, one in that */
#define READER_WASTE_FREE (64u << 20)
#define READER_WASTE_MAX 16	/* times the text's size that may be wasted on broken
				   records, above that */
#define READER_KEY_MAX 64	/* of a record's first key, to find the next record by */

/* Keys that tell what a top-level object is; scanned behind a kind's own paths. */
enum mark {
	MARK_SOURCE,		/* "eventSource" */
	MARK_NAME,		/* "eventName" */
	MARK_RECORDS,		/* "Records" */
	MARK_ENVELOPE		/* the first of those that envelopes have */
};
#define MARK_COUNT 8

/* One kind's paths, compiled. */
struct reader_plan {
	struct json_plan	*json;
	struct scan_plan	*scan;		/* json's paths and the marks */
	struct scan_state	*state;
	size_t			 nfields;	/* json's; the marks stand behind */
};

/* Passing over text without looking for fields, however long it is. */
struct skipper {
	uint64_t	 depth;
	int		 in_string, escape;
	enum { SKIP_BALANCED, SKIP_TOKEN, SKIP_MEMBER, SKIP_LINE } until;
				/* the closing bracket; before , ] } or a newline
				   outside brackets; before , ] } there; before a
				   newline */
};

enum where {
	WHERE_TOP,		/* between top-level values (or elements of an array) */
	WHERE_RECORDS,		/* inside a Records array */
	WHERE_TAIL,		/* behind it, in its object */
	WHERE_SKIP,		/* in something that is no record */
	WHERE_LOST		/* behind a broken record: looking for the next one */
};

/* Beside enum reader_status: nothing to hand out yet, go on. */
enum { READER_AGAIN = READER_DAMAGED + 1 };

#define RESYNC_NOWHERE UINT64_MAX

/* A text that is being walked. */
struct level {
	struct window	*w;
	enum where	 where;
	enum where	 back;		/* after SKIP and LOST */
	int		 in_array;	/* of a top-level array */
	int		 members;	/* TAIL: more than the array was passed */
	int		 lines;		/* 1: objects stand on a line each; -1: not */
	struct skipper	 skipper;
	/* LOST: stream offsets */
	uint64_t	 skipped;	/* the skipper has seen what is before */
	uint64_t	 balanced;	/* where it came out, or RESYNC_NOWHERE */
	uint64_t	 search;	/* a next record is searched from here */
	uint64_t	 loose;		/* before that, it must stand behind a whole one */
	/* At no key (newline) between these offsets is a next record found, wherever the
	   search begins, and for any loose that is no smaller. */
	struct {
		uint64_t from, to, loose;
		enum { SEARCH_KEY, SEARCH_LINE } what;
	} searched;
	uint64_t	 looked;	/* bytes looked at while LOST, not yet charged */
	uint64_t	 last_line;	/* behind the last newline that was met in search */
	char		 key[READER_KEY_MAX];	/* last good record's first, quoted */
	size_t		 key_len;
};

enum form { FORM_UNKNOWN, FORM_JSON, FORM_LINES };

struct reader {
	struct reader_options o;
	struct gunzip	*gunzip;
	struct window	 w;
	struct bytes	*src;
	enum form	 form;
	int		 growing;
	int		 digest;
	int		 by_line;
	uint64_t	 consumed;	/* decompressed offset */
	uint64_t	 consumed_number; /* of the last record before it */
	uint64_t	 number;	/* of the last record */
	struct reader_plan plans[KIND_COUNT];
	struct reader_plan whole[KIND_COUNT];	/* all that a kind knows: second looks */
	struct s3access_plan *lines;
	struct value	**fields;	/* room for the widest plan */
	struct value	**look_fields;	/* a second look's */
	struct value	*values;	/* of a line */
	struct s3access_line line;	/* of the last one */
	struct arena	*scratch;	/* one record's */
	struct arena	*look_scratch;
	struct arena	*held;		/* one top-level object's */
	struct record	 rec;
	struct buf	 event;		/* its text made fit to print ... */
	uint64_t	 event_number;	/* ... of the record of that number; 0: none */
	struct record	 look;		/* rec looked at again; number 0: not yet */
	/* JSON */
	struct level	 levels[READER_LEVELS];
	struct window	 memory[READER_LEVELS];	/* [0] is not used */
	unsigned	 depth;
	uint64_t	 wasted;	/* bytes looked at in broken records */
	uint64_t	 line_end;	/* decompressed: where the object's line ends */
	int		 line_used;	/* consumed: what is being handed out is before it */
	uint64_t	 no_lf_from, no_lf_to;	/* no newline is between these offsets */
	/* lines */
	int		 line_too_long;	/* its rest is still to be passed over */
};

/* White space as cJSON sees it: everything up to the blank. */
static inline const char *
reader_blank(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ')
		p++;
	return p;
}

/* reader_new() with a window that begins at window_size, for tests. */
struct reader *reader_new_sized(const struct reader_options *,
	    size_t window_size);

void	 jsonreader_start(struct reader *);
enum reader_status jsonreader_next(struct reader *, struct err *e);

/* resync.c: finding the way where there are no records or broken ones. */
void	 resync_skip_start(struct skipper *, uint64_t depth, int until);
/* Skips what the level's skipper is in. 0, or -1: the text ended. */
int	 resync_skip(struct level *);
/*
 * From now on (WHERE_LOST), look for a next record; the broken one begins at w->p and
 * was found to be broken at loose (NULL: it only seems to have no end). The mistake may
 * be long before that place: up to there a record counts as the next one only if it
 * stands behind a whole one.
 */
void	 resync_lose(struct level *, const char *loose);
/* The next record as far as the text is there, or NULL. */
const char *resync_next(struct level *);
/*
 * Behind a broken record: either it was balanced, and what comes then is plain; or
 * the nearest thing that looks like a record's start. 0 found (w->p), 1 the text has
 * ended.
 */
int	 resync_find(struct level *);

enum reader_status linereader_next(struct reader *, struct err *e);

/* The window has ended: what that means when it is in mid-record or not. */
enum reader_status reader_ended(struct reader *, int in_record, struct err *e);
/* All before the decompressed offset is done, records up to r->number. */
void	 reader_consume(struct reader *, uint64_t offset);
/* Counts a record that is none; e->line and e's place are set. */
enum reader_status reader_bad(struct reader *, struct err *e);

#endif
