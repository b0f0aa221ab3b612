/*
 * Patterns: Sigma's strings with wildcards, read, re-encoded as the modifiers say,
 * and compiled for matching. A pattern without regard to case is folded when it is
 * compiled and is matched against folded text; nothing is folded here at match time.
 * Compiled patterns are read-only and may be shared between threads.
 */
#ifndef DETECT_PATTERN_H
#define DETECT_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* A text to be judged, with its hash once somebody needed it. */
struct subject {
	const char	*text;
	size_t		 len;
	uint64_t	 hash;
	int		 hashed;
};

/* While modifiers are at work a pattern is a row of atoms. */
enum atom_type {
	ATOM_CHAR,		/* one code point */
	ATOM_ONE,		/* ? */
	ATOM_STAR,		/* * */
	ATOM_DASH		/* any of the five dashes of windash */
};
struct atom {
	enum atom_type	 type;
	uint32_t	 cp;
};
struct atoms {
	struct atom	*list;	/* in the arena that made it */
	size_t		 n;
};

/* \* \? \\ are escapes; a backslash before anything else is itself. */
struct atoms atoms_parse(struct arena *, const char *text, size_t len);
/* Every character of text stands for itself. */
struct atoms atoms_literal(struct arena *, const char *text, size_t len);
int	 atoms_has_wildcard(const struct atoms *);
/* - and / before a word character and not behind one become ATOM_DASH. */
void	 atoms_windash(struct atoms *);
/*
 * The pattern without ATOM_DASH: each of the 5^n variants. Returns an array of *n in
 * the arena, or NULL when there are more than ATOMS_VARIANTS_MAX.
 */
#define ATOMS_VARIANTS_MAX 3125
struct atoms *atoms_variants(struct arena *, const struct atoms *, size_t *n);

enum encoding { ENCODING_UTF8, ENCODING_UTF16LE, ENCODING_UTF16BE,
    ENCODING_UTF16 /* FF FE and little endian */ };
/* The bytes of a pattern without wildcards in that encoding. */
char	*atoms_bytes(struct arena *, const struct atoms *, enum encoding,
	    size_t *len);
/* Each byte of the encoding becomes a character; wildcards stay. */
struct atoms atoms_encode(struct arena *, const struct atoms *, enum encoding);
/* Base64 of bytes with padding; offset 1 and 2: the parts that do not depend on
   what stands before, with so many bytes in front. */
struct atoms atoms_base64(struct arena *, const char *bytes, size_t len);
struct atoms atoms_base64_offset(struct arena *, const char *bytes, size_t len,
	    unsigned offset);
/* A star in front, behind, or both. */
struct atoms atoms_wrap(struct arena *, const struct atoms *, int before,
	    int behind);

enum pattern_type {
	PATTERN_EXACT,
	PATTERN_PREFIX,
	PATTERN_SUFFIX,
	PATTERN_CONTAINS,
	PATTERN_ANY,		/* only stars */
	PATTERN_GLOB
};

struct piece {
	enum atom_type	 type;	/* ATOM_CHAR: text; ATOM_ONE; ATOM_DASH */
	const char	*text;
	size_t		 len;
};
struct segment {		/* of a glob, between stars */
	struct piece	*pieces;
	size_t		 n;
	size_t		 min, max;	/* bytes it can take */
};
struct pattern {
	enum pattern_type type;
	const char	*text;	/* GLOB: its longest literal, may be empty */
	size_t		 len;
	struct segment	*segments;
	size_t		 nsegments;
	int		 anchored_start, anchored_end;	/* GLOB */
};

/* What stays lives in the arena; scratch is only needed for the call. */
void	 pattern_compile(struct arena *, struct arena *scratch,
	    const struct atoms *, int cased, struct pattern *out);
int	 pattern_match(const struct pattern *, const char *text, size_t len);

/* Patterns of which one must match. Large sets are as quick as small ones. */
struct patternset {
	const struct pattern *exact;	/* PATTERN_EXACT */
	size_t		 nexact;
	uint32_t	*table;		/* of exact, when they are many */
	size_t		 mask;
	const struct pattern *other;
	size_t		 nother;	/* all the rest */
	const struct pattern *infix;	/* PATTERN_CONTAINS, when they are many */
	size_t		 ninfix;
	uint16_t	*gram;		/* first two bytes -> 1 + first of a chain */
	uint16_t	*gram_next;
	int		 any;
	uint64_t	 seed;
};

struct patternset *patternset_new(struct arena *, const struct pattern *,
	    size_t n, uint64_t seed);
int	 patternset_match(const struct patternset *, struct subject *);
uint64_t subject_hash(struct subject *, uint64_t seed);

#endif
