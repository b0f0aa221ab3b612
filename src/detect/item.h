/*
 * Detection items: "field|modifier|modifier: values" as tests that can be run. Equal
 * items of different rules are one item, so that a record is asked once.
 */
#ifndef DETECT_ITEM_H
#define DETECT_ITEM_H

#include <stddef.h>
#include <stdint.h>

#include "detect/modifier.h"
#include "detect/moment.h"
#include "detect/network.h"
#include "detect/pattern.h"
#include "io/regex.h"
#include "io/yaml.h"

#define ITEM_VALUES_MAX 100000	/* of one item, |expand included */

enum test_type {
	TEST_TEXT,		/* one of the patterns matches */
	TEST_NUMBER,
	TEST_BOOL,
	TEST_NULL,		/* absent, null, or nothing but nulls */
	TEST_EXISTS,
	TEST_REGEX,
	TEST_NETWORK,
	TEST_COMPARE,		/* number or part of a time against number */
	TEST_FIELD		/* against another field of the record */
};

enum compare { COMPARE_EQ, COMPARE_GT, COMPARE_GTE, COMPARE_LT, COMPARE_LTE };
enum text_op { TEXT_EQUALS, TEXT_CONTAINS, TEXT_STARTS, TEXT_ENDS };

struct test {
	enum test_type	 type;
	const char	*text;		/* as written, for people */
	union {
		struct patternset *patterns;
		int		 yes;		/* BOOL, EXISTS */
		struct {
			double	 n;
			const char *text;	/* canonical */
			size_t	 len;
		} number;
		struct {
			const struct regex *regex;
			const char *literal;	/* every match contains it; or
						   NULL */
			size_t	 len;
			int	 folded;	/* literal is for folded text */
		} regex;
		struct network	 network;
		struct {
			enum compare op;
			int	 part;		/* enum moment_part or -1 */
			double	 n;
		} compare;
		struct {
			int	 field;
			enum text_op text;
			int	 compare;	/* enum compare or -1 */
		} other;
	} u;
};

struct item {
	uint32_t	 id;
	int		 field;		/* -1: keywords, every scalar of the record */
	uint8_t		 all;		/* every test must hold, else one */
	uint8_t		 negated;	/* |neq */
	uint8_t		 cased;
	uint8_t		 texts;		/* tests that look at objects' text too */
	uint8_t		 remembered;	/* the outcome for a value is worth keeping */
	uint8_t		 cost;
	struct test	*tests;
	size_t		 n;
	const char	*name;		/* "eventName|contains", as written */
	const char	*field_name;	/* "" for keywords */
	const char	*shown;		/* its values, for people */
	/* when it is a plain "field: value or values" of text without wildcards: the
	   folded values, of which one must be there */
	const struct pattern *equals;
	size_t		 nequals;
};

struct compile;
/*
 * Compiles key (NULL for a list of keywords) and value. Mistakes go to the compile
 * context; NULL then.
 */
const struct item *item_compile(struct compile *, const struct yaml_node *key,
	    const struct yaml_node *value);

#endif
