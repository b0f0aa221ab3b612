/*
 * One record judged by itself, for the commands that explain and test rules: text in,
 * a parsed record and its matcher out.
 */
#ifndef APP_JUDGE_H
#define APP_JUDGE_H

#include "detect/ruleset.h"
#include "parse/reader.h"

struct judge;
struct judge *judge_new(const struct ruleset *, enum input_mode);
void	 judge_free(struct judge *);
/*
 * Reads the first record of text (borrowed until the next call). NULL with e when there
 * is none. The record is valid until the next call.
 */
const struct record *judge_read(struct judge *, const char *text, size_t len,
	    struct err *e);
/* The next record of the same text; NULL at the end (e->msg empty) or with e. */
const struct record *judge_next(struct judge *, struct err *e);
/* Numbers of the rules that match it. */
size_t	 judge_match(struct judge *, const struct record *, const uint32_t **hits);
struct matcher *judge_matcher(struct judge *);

#endif
