/*
 * Findings: what scan prints for a hit, and the summary at the end.
 */
#ifndef APP_FINDINGS_H
#define APP_FINDINGS_H

#include <stdio.h>

#include "model/alert.h"

enum findings_format { FINDINGS_TEXT, FINDINGS_JSON, FINDINGS_CSV };
extern const char *const findings_formats[];	/* names, NULL-ended */

struct findings;
/* rules: how many there are. */
struct findings *findings_new(FILE *out, enum findings_format, size_t rules,
	    int color);
void	 findings_free(struct findings *);
/*
 * Counts one by rule (its number) and actor and, but for FINDINGS_JSON, prints it. -1
 * when out cannot be written.
 */
int	 findings_add(struct findings *, const struct alert *, size_t rule);
/* FINDINGS_JSON: prints whole lines that were made beforehand. 0 or -1. */
int	 findings_lines(struct findings *, const char *lines, size_t len);
uint64_t findings_count(const struct findings *);
/* By rule and by actor, for people. */
void	 findings_summary(const struct findings *, FILE *);

#endif
