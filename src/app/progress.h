/*
 * The progress bar of scan: one line on a terminal, redrawn at most ten times a second;
 * nothing where stderr is no terminal.
 */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <stdint.h>

struct progress {
	int	 on;			/* stderr is a terminal */
	int64_t	 started, drawn;	/* monotonic ns */
	uint64_t total;			/* bytes, 0: not known */
};

void	 progress_start(struct progress *, uint64_t total_bytes, int64_t now);
/* Draws when it is time to. */
void	 progress_show(struct progress *, uint64_t bytes, uint64_t records,
	    uint64_t findings, int64_t now);
void	 progress_clear(struct progress *);	/* takes the line away */
/* The line as text; out holds size bytes. Pure, for tests. */
void	 progress_line(char *out, unsigned size, uint64_t bytes, uint64_t total,
	    uint64_t records, uint64_t findings, int64_t elapsed_ns);

#endif
