/*
 * One line about how far a scan is. See progress.h.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/progress.h"
#include "base/text.h"

#define DRAW_EVERY_NS (100 * 1000000LL)
#define BAR_CELLS 24

void
progress_start(struct progress *p, uint64_t total, int64_t now)
{
	p->on = isatty(STDERR_FILENO);
	p->started = now;
	p->drawn = now;
	p->total = total;
}

void
progress_line(char *out, unsigned size, uint64_t bytes, uint64_t total,
    uint64_t records, uint64_t findings, int64_t elapsed)
{
	char bar[BAR_CELLS + 1], left[24] = "", done[16], all[16], n[2][32];
	double seconds = (double)elapsed / NS_PER_SEC, rest;
	unsigned cells = 0;

	if (bytes > total)
		bytes = total;
	if (total > 0)
		cells = (unsigned)((double)bytes / (double)total * BAR_CELLS);
	memset(bar, '.', BAR_CELLS);
	memset(bar, '#', cells);
	bar[BAR_CELLS] = '\0';
	if (bytes > 0 && bytes < total) {
		rest = seconds * (double)(total - bytes) / (double)bytes;
		if (rest < 60)
			snprintf(left, sizeof left, ", %.0fs left", rest);
		else if (rest < 6000)
			snprintf(left, sizeof left, ", %.0fm left", rest / 60);
		else
			snprintf(left, sizeof left, ", %.0fh left",
			    rest < 3.6e8 ? rest / 3600 : 99999);
	}
	snprintf(out, size, "[%s] %s of %s, %s records/s, %s findings%s", bar,
	    text_bytes(bytes, done), text_bytes(total, all),
	    text_thousands(seconds > 0 ? (uint64_t)((double)records / seconds) : 0,
	    n[0]), text_thousands(findings, n[1]), left);
}

void
progress_show(struct progress *p, uint64_t bytes, uint64_t records,
    uint64_t findings, int64_t now)
{
	char line[160];

	if (!p->on || now - p->drawn < DRAW_EVERY_NS)
		return;
	p->drawn = now;
	progress_line(line, sizeof line, bytes, p->total, records, findings,
	    now - p->started);
	fprintf(stderr, "\r\033[K%s", line);
}

void
progress_clear(struct progress *p)
{
	if (p->on)
		fputs("\r\033[K", stderr);
}
