/*
 * Modifiers: the key of an item, "field|contains|all", taken apart and checked for
 * what goes together.
 */
#ifndef DETECT_MODIFIER_H
#define DETECT_MODIFIER_H

#include <stddef.h>

#include "base/err.h"
#include "io/yaml.h"

#define MODIFIERS_MAX 16	/* of one key */

enum modifier {
	MOD_CONTAINS, MOD_STARTSWITH, MOD_ENDSWITH, MOD_RE, MOD_CIDR, MOD_GT,
	MOD_GTE, MOD_LT, MOD_LTE, MOD_EXISTS, MOD_MINUTE, MOD_HOUR, MOD_DAY,
	MOD_WEEK, MOD_MONTH, MOD_YEAR, MOD_WIDE, MOD_UTF16BE, MOD_UTF16,
	MOD_BASE64, MOD_BASE64OFFSET, MOD_WINDASH, MOD_EXPAND, MOD_I, MOD_M,
	MOD_S, MOD_FIELDREF, MOD_ALL, MOD_NEQ, MOD_CASED
};

/* A key taken apart. */
struct spec {
	const char	*field;		/* NULL: keywords */
	enum modifier	 order[MODIFIERS_MAX];	/* without all and neq */
	size_t		 n;
	unsigned	 has;		/* bit (1 << modifier) */
	struct err	 at;		/* of the key */
	struct err	 mods_at;	/* of the first modifier */
};

#define HAS(spec, mod) (((spec)->has & (1u << (mod))) != 0)
#define MODIFIER_BIT(mod) (1u << (mod))

/* Comparisons as numbers. */
#define MODIFIERS_COMPARE (MODIFIER_BIT(MOD_GT) | MODIFIER_BIT(MOD_GTE) | \
    MODIFIER_BIT(MOD_LT) | MODIFIER_BIT(MOD_LTE))
/* Operators that do not compare a text with a pattern. */
#define MODIFIERS_OTHER (MODIFIERS_COMPARE | MODIFIER_BIT(MOD_RE) | \
    MODIFIER_BIT(MOD_CIDR) | MODIFIER_BIT(MOD_EXISTS))
/* Those that only make sense with a text as value. */
#define MODIFIERS_TEXT (MODIFIER_BIT(MOD_CONTAINS) | \
    MODIFIER_BIT(MOD_STARTSWITH) | MODIFIER_BIT(MOD_ENDSWITH) | \
    MODIFIER_BIT(MOD_WINDASH) | MODIFIER_BIT(MOD_BASE64) | \
    MODIFIER_BIT(MOD_BASE64OFFSET) | MODIFIER_BIT(MOD_WIDE) | \
    MODIFIER_BIT(MOD_UTF16) | MODIFIER_BIT(MOD_UTF16BE) | \
    MODIFIER_BIT(MOD_CASED))

int	 modifier_is_operator(enum modifier);
int	 modifier_is_part(enum modifier);	/* of a time */
int	 modifier_is_encoding(enum modifier);
int	 modifier_is_rewrite(enum modifier);	/* makes another text of it */
const char *modifier_name(enum modifier);

struct compile;
/* Takes a key apart; 0, or -1 with the mistakes told. */
int	 modifier_read(struct compile *, const struct yaml_node *key,
	    struct spec *);
/* Which modifiers go together: 0, or -1 with the mistake told. */
int	 modifier_check(struct compile *, const struct spec *);
/* Notes what is allowed but hardly meant. wildcards: some value has one. */
void	 modifier_lint(struct compile *, const struct spec *, int wildcards);
/* The first modifier that is one of a sort, or -1. */
int	 modifier_first(const struct spec *, int (*is)(enum modifier));

#endif
