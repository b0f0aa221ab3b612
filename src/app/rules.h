/*
 * Which rules: the folders that are looked in, and loading with every mistake shown.
 */
#ifndef APP_RULES_H
#define APP_RULES_H

#include <stdio.h>

#include "detect/ruleset.h"

/*
 * The rules folder when none is named: BUCKETWATCH_RULES, the build tree's etc/rules.d
 * when the program runs from there, else the installed one. Allocated; free it.
 */
char	*rules_folder(void);

/*
 * Loads paths (NULL or empty: rules_folder()); mistakes and notes are added to es. NULL
 * when a path cannot be read. The caller asks errs_fatal(es).
 */
struct ruleset *rules_load(char *const *paths,
	    const struct placeholder *placeholders, size_t nplaceholders,
	    struct errs *es);

/* Prints every entry of es as "file:line:col: error: ..." (notes as "note: "), one a
   line. notes: 0 leaves them out. */
void	 errs_print(FILE *, const struct errs *es, int notes);

/* Number of the rule with that id, name or title; -1 none, -2 several. */
long	 rules_find(const struct ruleset *, const char *word);

#endif
