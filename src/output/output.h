/*
 * Outputs: an alert on its way out. A kind is one file, one row in output_kinds[]. An
 * output sends one delivery (or, if it can, several) at a time and says what became of
 * it; retrying, order and memory are the outbox's. Loop thread. Whoever uses them
 * ignores SIGPIPE (and SIGXFSZ, where files have a limit).
 */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/http.h"
#include "io/loop.h"
#include "io/yaml.h"
#include "model/alert.h"

#define OUTPUT_NAME_MAX 63
#define OUTPUT_MANY_MAX 256	/* messages in one send, whatever the kind */

enum fate {
	FATE_SENT,
	FATE_RETRY,		/* the world's fault: try again */
	FATE_REFUSED		/* will never be taken: log, count, show */
};

struct output_message {
	const char	*delivery_id;	/* the same at every attempt */
	const char	*json;		/* the alert, one line (alert_json()) */
	size_t		 len;
	int64_t		 now;		/* wall clock of this attempt */
};

/*
 * retry_after_ns: what the receiver asked for, or -1. why: "" when sent; holds no
 * secret and is safe to print.
 */
typedef void output_done_fn(void *arg, enum fate, int64_t retry_after_ns,
    const char *why);

struct output_host {
	struct loop	*loop;
	struct http	*http;
};

struct output;
/*
 * One output of the config: "name", "type", "level" and its kind's keys. Mistakes go to
 * es; NULL then. Secrets: KEY, KEY_file (the file's text) or KEY_env. Opens nothing,
 * so host may be NULL where the config is only checked.
 */
struct output *output_new(const struct yaml *y, const struct yaml_node *node,
	    const struct output_host *host, struct errs *es);
/*
 * Opens files and sockets. mark: what output_mark() gave to be kept, -1: none. What a
 * file has beyond its mark was written but never committed: it is cut off, so that
 * each alert stands in it once. 0 or -1 with e.
 */
int	 output_start(struct output *, int64_t mark, struct err *e);
/* Takes NULL; an outstanding send is dropped. Before the host's http and loop. */
void	 output_free(struct output *);

const char *output_name(const struct output *);
const char *output_type(const struct output *);
enum level output_level(const struct output *);	/* the least level it hears */
/* The address without secrets: host and last 4 of a URL, a path. For status and logs. */
const char *output_address(const struct output *);
/* The types that there are, NULL-ended. */
const char *const *output_types(void);

/* How many messages one send may take (1 for most; a file takes many). */
size_t	 output_many(const struct output *);
/*
 * Sends n messages (n at least 1); fn is called once, never from inside this call. The
 * messages are borrowed until then. Not again before fn was called.
 */
void	 output_send(struct output *, const struct output_message *, size_t n,
	    output_done_fn *fn, void *arg);
/*
 * What to keep with the commit: after output_start(), after FATE_SENT and after
 * output_reopen(). -1: nothing. Only output_start() can read it (a file's length, and
 * in the upper bits which file it is).
 */
int64_t	 output_mark(const struct output *);
/* SIGHUP: files are reopened. */
void	 output_reopen(struct output *);

/* -- rendering, shared with scan: all text from logs is escaped for where it goes -- */

enum output_format { FORMAT_JSON, FORMAT_TEXT };

/*
 * A few lines for people on a terminal, each ended by a newline; only the first
 * begins at the margin. Nothing from a log can begin a line or look like a label.
 */
void	 render_text(const struct alert *, int color, struct buf *out);
/* The same in one line without its newline: "HIGH title: who did what to what ...". */
void	 render_line(const struct alert *, struct buf *out);

/* Syslog's own numbers, and what is said of the sender. */
struct syslog_sender {
	int		 facility;	/* 0..23 */
	const char	*host;		/* printable ASCII, or NULL for "-" */
	const char	*app;		/* the same */
	long		 pid;
	size_t		 max;		/* most bytes of a message, SYSLOG_MESSAGE_MIN.. */
};
enum syslog_format { SYSLOG_RFC5424, SYSLOG_RFC3164 };
#define SYSLOG_MESSAGE_MIN 480	/* what every receiver must take (RFC 5426) */
/*
 * RFC 5424 with structured data, no framing. body: the MSG part (JSON), or NULL for
 * render_line(). Never over max bytes: the least important parameters are left out,
 * MSG is cut between characters; a body that would have to be cut gives way to the
 * line.
 */
void	 render_syslog(const struct alert *, const struct syslog_sender *,
	    const char *body, struct buf *out);
/*
 * The old form, RFC 3164, which is what most daemons (journald, rsyslogd as it is set
 * up) expect on /dev/log: "<PRI>Jan 15 08:12:30 app[pid]: text (alert id)", the time
 * being the local one. host NULL: left out, as on the local socket.
 */
void	 render_syslog_old(const struct alert *, const struct syslog_sender *,
	    const char *body, struct buf *out);

#endif
