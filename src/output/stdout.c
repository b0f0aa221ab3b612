/*
 * Standard output: alerts as text for people or as JSON lines. A reader that does not
 * read holds up this output alone, never the loop.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "output/kind.h"

#define STDOUT_MANY 64
#define STDOUT_PIECE 4096	/* PIPE_BUF: what a writable pipe takes without blocking */

struct output_to_stdout {
	struct output	 common;
	/* options */
	int		 format;	/* enum output_format */
	int		 color;		/* enum color */
	/* the send under way */
	struct buf	 text;
	size_t		 written;
	struct loop_fd	*writable;
};

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
static const char *const color_names[] = { "auto", "always", "never", NULL };
static const char *const format_names[] = { "json", "text", NULL };

static const struct option options[] = {
	OUTPUT_OPTIONS,
	{ .key = "format", .type = OPTION_ENUM, .values = format_names,
	    .fallback = "text",
	    .offset = offsetof(struct output_to_stdout, format) },
	{ .key = "color", .type = OPTION_ENUM, .values = color_names,
	    .fallback = "auto",
	    .offset = offsetof(struct output_to_stdout, color) },
	{ .key = NULL }
};

static void	stdout_write(struct output_to_stdout *);

static int
stdout_check(struct output *o, const struct yaml *y, const struct yaml_node *node,
    struct errs *es)
{
	(void)y;
	(void)node;
	(void)es;
	o->many = STDOUT_MANY;
	strcpy(o->address, "standard output");
	return 0;
}

static void
stdout_stop(struct output *o)
{
	struct output_to_stdout *s = (struct output_to_stdout *)o;

	loop_fd_free(s->writable);
	buf_clear(&s->text);
}

/* https://no-color.org: any value that is not empty */
static int
colored(const struct output_to_stdout *s)
{
	const char *no = getenv("NO_COLOR");

	switch ((enum color)s->color) {
	case COLOR_ALWAYS:
		return 1;
	case COLOR_NEVER:
		return 0;
	case COLOR_AUTO:
		break;
	}
	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0');
}

static void
stdout_render(struct output_to_stdout *s, const struct output_message *m)
{
	char safe[ERR_TEXT_MAX];
	struct arena *arena;
	struct alert alert;
	struct err e;

	if (s->format == FORMAT_JSON) {
		buf_add(&s->text, m->json, m->len);
		buf_addc(&s->text, '\n');
		return;
	}
	arena = arena_new();
	if (alert_parse(m->json, m->len, arena, &alert, &e) == 0)
		render_text(&alert, colored(s), &s->text);
	else	/* those beside it in the same send must not suffer */
		buf_addf(&s->text, "delivery %s cannot be shown: %s\n",
		    m->delivery_id, err_text(&e, safe, sizeof safe));
	arena_free(arena);
}

static void
on_writable(void *arg)
{
	stdout_write(arg);
}

static void
stdout_end(struct output_to_stdout *s)
{
	loop_fd_free(s->writable);
	s->writable = NULL;
	buf_clear(&s->text);
}

/*
 * Writes while the descriptor says that it can take something, in pieces that cannot
 * block even when it is in blocking mode (it is shared with whoever started us, so
 * its mode is not ours to change).
 */
static void
stdout_write(struct output_to_stdout *s)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	size_t left;
	ssize_t n;
	int error;

	while ((left = s->text.len - s->written) > 0) {
		if (poll(&p, 1, 0) == 0)
			goto wait;
		n = write(STDOUT_FILENO, s->text.data + s->written,
		    left < STDOUT_PIECE ? left : STDOUT_PIECE);
		if (n >= 0) {
			s->written += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			goto wait;
		error = errno;
		stdout_end(s);
		output_done(&s->common, FATE_RETRY, -1, "standard output: %s",
		    strerror(error));
		return;
	}
	stdout_end(s);
	output_sent(&s->common);
	return;
wait:
	if (s->writable == NULL)
		s->writable = loop_fd_new(s->common.host.loop, STDOUT_FILENO,
		    LOOP_WRITE, on_writable, s);
}

static void
stdout_send(struct output *o, const struct output_message *m, size_t n)
{
	struct output_to_stdout *s = (struct output_to_stdout *)o;
	size_t i;

	s->text = (struct buf)BUF_INIT(SIZE_MAX / 2);	/* the messages are bounded */
	s->written = 0;
	for (i = 0; i < n; i++)
		stdout_render(s, &m[i]);
	stdout_write(s);
}

const struct output_kind output_stdout = {
	.name = "stdout",
	.size = sizeof(struct output_to_stdout),
	.options = options,
	.check = stdout_check,
	.stop = stdout_stop,
	.send = stdout_send,
};
