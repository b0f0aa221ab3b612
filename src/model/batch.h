/*
 * A batch: an object's trip through a worker. What comes back are parts, in order;
 * the last one ends the batch. A big object gives many parts, so that its hits need
 * not all be in memory at once.
 */
#ifndef MODEL_BATCH_H
#define MODEL_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/object.h"
#include "model/record.h"

#define PART_LINES_MAX (256 * 1024 * 1024)	/* never reached: a record is less */
#define PART_HITS_MAX 256		/* hits in one part */
#define PART_BYTES_MAX (512 * 1024)	/* memory of one part's hits */
#define PART_RECORDS_MAX 8192		/* records in one part */
#define PART_ERRORS_MAX 64		/* errors kept in one part; more are counted */

/* A hit: a rule matched a record. All strings live in the part's arena. */
struct hit {
	uint32_t	 rule;		/* number in the rule set */
	uint32_t	 id_index;	/* which of the part's ids is this record's, or
					   UINT32_MAX when it has none */
	enum kind	 kind;
	uint64_t	 record;	/* 1-based number in the object */
	int64_t		 time;		/* event time or RECORD_TIME_NONE */
	char		 id[33];	/* alert id: 32 hex digits, see alert_id() */
	const char	*common[COMMON_COUNT];	/* NULL where the record has none */
	const char	*matched;	/* JSON: [{"selection","field","value"}...] */
	size_t		 line, line_len;	/* where its alert_json() stands in the part's
					   lines, without the newline behind it */
};

struct hit_error {
	uint64_t	 record;	/* 1-based, 0: the object as a whole */
	char		 msg[ERR_MSG_MAX];
};

enum part_end {
	PART_MORE,		/* not the last part */
	PART_DONE,		/* the object is read */
	PART_UNFINISHED,	/* it is still being written: read up to consumed */
	PART_DAMAGED		/* what could be read was; the errors say the rest */
};

struct part {
	struct object	*object;	/* borrowed, until the last part: then owned */
	struct arena	*arena;		/* owns what hits point to */
	enum part_end	 end;
	int		 digest;	/* the object is a digest file: routed away */
	int		 by_line;	/* a text that may grow: consumed is exact */
	struct hit	*hits;
	size_t		 nhits, hits_cap;
	struct buf	 lines;		/* alert_json() and a newline a hit, where asked for */
	uint64_t	*ids;		/* id_hash of each record that has one, in order */
	size_t		 nids, ids_cap;
	struct hit_error *errors;
	size_t		 nerrors;	/* kept */
	uint64_t	 error_count;	/* all of them */
	uint64_t	 records;	/* read in this part */
	uint64_t	 skipped;	/* outside --since/--until */
	uint64_t	 bytes_in;	/* stored bytes read in this part */
	uint64_t	 bytes_out;	/* after decompression */
	uint64_t	 consumed;	/* by_line: offset behind the last whole line */
	uint64_t	 record_count;	/* records of the object up to here */
	uint64_t	 consumed_records; /* by_line: of them, those before consumed */
	uint64_t	 print;		/* by_line, last part: object_print() at consumed */
	int64_t		 first_time, last_time;	/* event times seen, or NONE */
};

struct part *part_new(struct object *);
void	 part_free(struct part *);	/* not its object; takes NULL */
void	 part_error(struct part *, uint64_t record, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Zeroed; id_index UINT32_MAX, time NONE. Valid until the next part_add_hit(). */
struct hit *part_add_hit(struct part *);
void	 part_add_id(struct part *, uint64_t id_hash);

#endif
