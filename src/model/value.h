/*
 * A value: a slice of a record's text with its JSON type. Nothing is copied until
 * somebody needs it: a string may still hold its escapes. Pure functions, any thread.
 *
 * Limits (VALUE_DEPTH_MAX, VALUE_LEAVES_MAX, VALUE_TEXTS_MAX) bound what one record
 * can cost: what is deeper or more is passed over.
 */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

#define VALUE_DEPTH_MAX 1000		/* nesting that is read (cJSON's limit) */
#define VALUE_LEAVES_MAX 100000		/* scalars looked at in one value */
#define VALUE_TEXTS_MAX (32 * 1024 * 1024) /* bytes of the objects offered whole by one
					   value_leaves(): nested ones count again */

enum value_type {
	VALUE_ABSENT,
	VALUE_NULL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_OBJECT,
	VALUE_ARRAY
};

struct value {
	const char	*text;		/* STRING: between the quotes; else the token
					   (an object's or array's whole text) */
	uint32_t	 len;
	uint8_t		 type;		/* enum value_type */
	uint8_t		 escaped;	/* STRING: has a backslash, see value_string() */
	struct value	*next;		/* further values of the same path (fan-out
					   over an array), in document order, or NULL */
};

/*
 * The text of a scalar as rules compare it: a string without its escapes (a lone
 * surrogate \ud800 becomes U+FFFD, \u0000 a NUL byte), an integer as written (digits
 * beyond 2^53 are kept), another number without a fraction of zeros ("25701.0" ->
 * "25701", "1e3" -> "1000") or by the shortest digits that say it ("1.50" -> "1.5"),
 * "true", "false"; NULL for null, objects and arrays. Borrows from the record or,
 * where it had to be rewritten, lives in a. *len receives the length; not
 * NUL-terminated.
 */
const char *value_string(const struct value *, struct arena *a, size_t *len);

/* The same as a NUL-terminated copy in a; a NUL byte inside becomes U+FFFD. */
const char *value_cstring(const struct value *, struct arena *a);

/* A number, or a string that spells one (blanks around it allowed): 0, else -1. */
int	 value_number(const struct value *, double *out);

/*
 * Calls fn for every scalar inside v (itself, if it is one; null included; v->next is
 * the caller's to follow), in document order, objects and arrays opened. Stops when
 * fn returns non-zero and returns that; else 0. With containers, fn is called for each
 * object too, after its leaves (type VALUE_OBJECT; value_compact() gives its text).
 * Reads the text as leniently as the field scanner: broken text ends the walk.
 */
int	 value_leaves(const struct value *v, int containers,
	    int (*fn)(void *arg, const struct value *leaf), void *arg);

/*
 * An object's compact JSON text: no white space outside strings, \/ and \uNNNN
 * escapes of printable characters resolved to UTF-8 (the form in which SigmaHQ's
 * rules write substrings), control characters inside strings escaped. Borrows v's
 * text when it is compact already. Arrays likewise; a scalar gives value_string().
 */
const char *value_compact(const struct value *, struct arena *, size_t *len);

/*
 * Reads one JSON value at p (leading white space skipped) into out: its type and
 * slice. Returns the byte after it, or NULL when the text ends or is broken there.
 */
const char *value_parse(const char *p, const char *end, struct value *out);

/*
 * Walks an object's members: *pos starts as NULL. 1 with the next one's key (a STRING)
 * and value, 0 behind the last one or where the text is broken.
 */
int	 value_each(const struct value *object, const char **pos,
	    struct value *key, struct value *out);
/* Does a STRING say exactly this, after unescaping? */
int	 value_is(const struct value *, const char *text, size_t len);

/* The value of a key in an object: the first one of that name, byte for byte after
   unescaping. 0 or -1. */
int	 value_member(const struct value *object, const char *key, size_t len,
	    struct value *out);

/*
 * Every value that a dotted path addresses in v, Sigma's way: at each object the
 * whole remaining path as one key wins, then the shortest key prefix that leads to a
 * value; arrays on the way are entered. The exact and slow form of what the field
 * scanner does; returns the first of a chain made in a, or NULL.
 */
struct value *value_path(const struct value *v, const char *path,
	    struct arena *a);

#endif
