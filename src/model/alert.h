/*
 * An alert: what a human is told. Self-contained: all that an output needs, so that
 * it can be stored and sent later without the rule set that made it.
 */
#ifndef MODEL_ALERT_H
#define MODEL_ALERT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/record.h"

enum level { LEVEL_INFORMATIONAL, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH,
    LEVEL_CRITICAL };
#define LEVEL_COUNT 5

extern const char *const level_names[LEVEL_COUNT + 1];	/* NULL-ended */
int	 level_parse(const char *name, enum level *);	/* 0 or -1 */

struct alert_rule {
	const char	*id, *title, *author, *description;	/* NULL: not given */
	enum level	 level;
	const char	*const *tags, *const *references, *const *falsepositives;
				/* each NULL-ended; NULL: none */
	const char	*json;	/* alert_rule_json() made beforehand, or NULL */
};

/* Every string is borrowed from whoever made the alert. */
struct alert {
	char		 id[33];
	struct alert_rule rule;
	enum kind	 kind;
	int64_t		 event_time;	/* RECORD_TIME_NONE when unknown */
	int64_t		 alert_time;
	const char	*common[COMMON_COUNT];
	const char	*source;	/* name of the source */
	const char	*object;	/* the object's name */
	uint64_t	 record;
	const char	*matched;	/* JSON array */
	const char	*event;		/* JSON object: the record itself */
	size_t		 event_len;	/* 0: as far as its NUL */
	int		 ready;		/* matched and event are one line of valid JSON
					   already (jsonline_add() made them, say) */
};

/*
 * The id of an alert: 128 bits of SHA-256 over the rule and what it was about, so
 * that the same cause read twice is the same id. parts: NULL-ended strings, 16 at most.
 */
void	 alert_id(char out[33], const char *const *parts);

/*
 * The alert as one line of JSON (no newline), the form that is stored, written to files
 * and printed by scan: id, time, alert_time, rule {id, title, level, author,
 * description, tags, references, falsepositives}, source, object, record, kind, the
 * common fields (bytes as numbers), matched, event. What is absent is null, an absent
 * list []. common[COMMON_TIME] is not printed: "time" is event_time. Always valid JSON
 * in UTF-8, whatever matched and event hold (see jsonline.h).
 */
void	 alert_json(const struct alert *, struct buf *);

/* The "rule" object of that line: the same for every alert of a rule. */
void	 alert_rule_json(const struct alert_rule *, struct buf *);

/*
 * The same read back. Strings live in a; times come back as whole milliseconds and
 * "time" in common[COMMON_TIME] too. 0, or -1 with e when it is not such a line.
 */
int	 alert_parse(const char *json, size_t len, struct arena *a,
	    struct alert *, struct err *e);

#endif
