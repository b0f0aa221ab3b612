/*
 * Syslog, RFC 5424 (or 3164), over the local socket, UDP or TCP. Syslog acknowledges
 * nothing: "sent" means that the kernel has taken the message (the local socket, UDP)
 * or all of its bytes (TCP). What a broken TCP connection had in its buffers is lost;
 * to make that rare, the connection's end is looked for before each send.
 *
 * A send goes: (resolve, connect,) write. It has one deadline for all of it.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/resolve.h"
#include "output/kind.h"

#define SYSLOG_MANY 64		/* messages in one send over TCP */
#define SYSLOG_SIZE_MAX (1024 * 1024)
#define SIZE_UDP 1400		/* fits into one packet nearly everywhere */
#define SIZE_STREAM 8192	/* what receivers should take (RFC 5425) */
#define UDP_SIZE_MAX 65000
#define UDP_AGE_MAX (600 * NS_PER_SEC)	/* then its address is asked for anew */
#define DRAINED_MAX 65536	/* bytes thrown away that a receiver says */

enum transport { TRANSPORT_UNIX, TRANSPORT_UDP, TRANSPORT_TCP };
enum framing { FRAMING_OCTETS, FRAMING_NEWLINE };
enum body { BODY_TEXT, BODY_JSON };

enum syslog_state {
	SYSLOG_IDLE,		/* nothing to send; fd may be connected */
	SYSLOG_RESOLVING,
	SYSLOG_CONNECTING,
	SYSLOG_WRITING
};

struct output_to_syslog {
	struct output	 common;
	/* options */
	char		*where, *hostname, *app;
	int		 format, framing, facility, body;
	int64_t		 max_size, timeout;
	/* from the address */
	enum transport	 transport;
	char		*path;		/* unix */
	char		*host;		/* udp, tcp */
	uint16_t	 port;
	char		 here[256];	/* our host's name */
	/* the connection */
	struct resolver	*resolver;
	struct resolve_address addrs[RESOLVE_MAX];
	size_t		 naddrs, at;	/* the one that is tried */
	int		 fd;		/* -1: none */
	int64_t		 since;		/* when fd was made (wall clock) */
	int		 stream;	/* fd is one: TCP, or a local stream socket */
	struct loop_fd	*watch;
	/* the send under way */
	enum syslog_state state;
	struct loop_timer *deadline;
	const struct output_message *messages;
	size_t		 n;
	int		 fresh;		/* fd was connected for this very send */
	struct buf	 text;
	size_t		 written;
};

static const char *const framing_names[] = { "octet-counting", "newline", NULL };
static const char *const format_names[] = { "rfc5424", "rfc3164", NULL };
static const char *const body_names[] = { "text", "json", NULL };
static const char *const facility_names[] = {	/* index is syslog's number */
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp",
	"cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0",
	"local1", "local2", "local3", "local4", "local5", "local6", "local7", NULL
};

static const struct option options[] = {
	OUTPUT_OPTIONS,
	{ .key = "address", .type = OPTION_STRING, .fallback = "unix:/dev/log",
	    .offset = offsetof(struct output_to_syslog, where) },
	{ .key = "format", .type = OPTION_ENUM, .values = format_names,
	    .fallback = "rfc5424",
	    .offset = offsetof(struct output_to_syslog, format) },
	{ .key = "framing", .type = OPTION_ENUM, .values = framing_names,
	    .fallback = "octet-counting",
	    .offset = offsetof(struct output_to_syslog, framing) },
	/* Not audit (13): many syslog.conf dialects have no name for it to filter by. */
	{ .key = "facility", .type = OPTION_ENUM, .values = facility_names,
	    .fallback = "local0",
	    .offset = offsetof(struct output_to_syslog, facility) },
	{ .key = "message", .type = OPTION_ENUM, .values = body_names,
	    .fallback = "text",
	    .offset = offsetof(struct output_to_syslog, body) },
	{ .key = "hostname", .type = OPTION_STRING,
	    .offset = offsetof(struct output_to_syslog, hostname) },
	{ .key = "app_name", .type = OPTION_STRING, .fallback = "bucketwatch",
	    .offset = offsetof(struct output_to_syslog, app) },
	{ .key = "max_size", .type = OPTION_SIZE, .min = SYSLOG_MESSAGE_MIN,
	    .max = SYSLOG_SIZE_MAX,
	    .offset = offsetof(struct output_to_syslog, max_size) },
	{ .key = "timeout", .type = OPTION_DURATION, .fallback = "10s",
	    .min = NS_PER_SEC / 10, .max = 300 * NS_PER_SEC,
	    .offset = offsetof(struct output_to_syslog, timeout) },
	{ .key = NULL }
};

static void	on_connected(void *);
static void	on_deadline(void *);
static void	syslog_write(struct output_to_syslog *);

/* -- the config ------------------------------------------------------------------- */

/* What the RFC allows in HOSTNAME and APP-NAME. */
static int
printable_ascii(const char *s, size_t max)
{
	size_t len = strlen(s), i;

	for (i = 0; i < len; i++)
		if (s[i] < 33 || s[i] > 126)
			return 0;
	return len >= 1 && len <= max;
}

/* "host", "host:port", "[addr]", "[addr]:port". 0 or -1. */
static int
parse_host(struct output_to_syslog *s, const char *text, uint16_t port)
{
	const char *end, *colon;
	char *rest;
	unsigned long n;

	if (text[0] == '[') {
		end = strchr(++text, ']');
		if (end == NULL)
			return -1;
		colon = end + 1;
	} else {
		end = colon = text + strcspn(text, ":");
		if (*colon && strchr(colon + 1, ':'))
			return -1;	/* IPv6 without brackets */
	}
	if (end == text || end - text > 253)
		return -1;
	s->host = xstrndup(text, (size_t)(end - text));
	s->port = port;
	if (*colon == '\0')
		return printable_ascii(s->host, 253) ? 0 : -1;
	if (*colon != ':' || colon[1] < '0' || colon[1] > '9')
		return -1;
	n = strtoul(colon + 1, &rest, 10);
	if (*rest || n < 1 || n > 65535)
		return -1;
	s->port = (uint16_t)n;
	return printable_ascii(s->host, 253) ? 0 : -1;
}

static int
check_address(struct output_to_syslog *s, const struct yaml *y,
    const struct yaml_node *node, struct errs *es)
{
	struct sockaddr_un sun;
	const char *where = s->where;

	if (strncmp(where, "unix:", 5) == 0) {
		s->transport = TRANSPORT_UNIX;
		s->path = xstrdup(where + 5);
		if (s->path[0] != '/' || strlen(s->path) >= sizeof sun.sun_path)
			return output_mistake(es, y, node, "address", "unix: is "
			    "followed by a path of at most %zu bytes",
			    sizeof sun.sun_path - 1);
		return 0;
	}
	if (strncmp(where, "udp://", 6) == 0) {
		s->transport = TRANSPORT_UDP;
		if (parse_host(s, where + 6, 514) == 0)
			return 0;
	} else if (strncmp(where, "tcp://", 6) == 0) {
		s->transport = TRANSPORT_TCP;
		if (parse_host(s, where + 6, 601) == 0)
			return 0;
	}
	return output_mistake(es, y, node, "address", "address must be unix:/path, "
	    "udp://host:port or tcp://host:port (IPv6 in brackets)");
}

static void
find_hostname(struct output_to_syslog *s)
{
	if (s->hostname)
		snprintf(s->here, sizeof s->here, "%s", s->hostname);
	else if (gethostname(s->here, sizeof s->here) == -1)
		s->here[0] = '\0';
	s->here[sizeof s->here - 1] = '\0';
	if (!printable_ascii(s->here, 255))
		strcpy(s->here, "-");
}

static int
syslog_check(struct output *o, const struct yaml *y, const struct yaml_node *node,
    struct errs *es)
{
	struct output_to_syslog *s = (struct output_to_syslog *)o;
	int rc = 0;

	s->fd = -1;
	if (s->where && check_address(s, y, node, es) == -1)
		rc = -1;
	if (s->hostname && !printable_ascii(s->hostname, 255))
		rc = output_mistake(es, y, node, "hostname", "hostname must be 1 to "
		    "255 visible ASCII characters");
	if (s->app && !printable_ascii(s->app, 48))
		rc = output_mistake(es, y, node, "app_name", "app_name must be 1 to "
		    "48 visible ASCII characters");
	if (s->transport != TRANSPORT_TCP && yaml_get(node, "framing"))
		rc = output_mistake(es, y, node, "framing", "framing is for tcp:// "
		    "addresses");
	if (s->transport == TRANSPORT_UDP && s->max_size > UDP_SIZE_MAX)
		rc = output_mistake(es, y, node, "max_size", "a datagram has room "
		    "for %d bytes", UDP_SIZE_MAX);
	if (s->max_size == 0)
		s->max_size = s->transport == TRANSPORT_UDP ? SIZE_UDP : SIZE_STREAM;
	if (s->transport == TRANSPORT_TCP)
		o->many = SYSLOG_MANY;
	find_hostname(s);
	if (s->where)
		text_printable(o->address, sizeof o->address, s->where,
		    strlen(s->where));
	return rc;
}

static int
syslog_start(struct output *o, int64_t mark, struct err *e)
{
	struct output_to_syslog *s = (struct output_to_syslog *)o;

	(void)mark;
	(void)e;
	/* Connecting waits for the first message: the receiver may come up later. */
	s->deadline = loop_timer_new(o->host.loop, on_deadline, s);
	if (s->host)
		s->resolver = resolver_new(o->host.loop, s->host, s->port);
	return 0;
}

static void
syslog_close(struct output_to_syslog *s)
{
	loop_fd_free(s->watch);
	s->watch = NULL;
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

static void
syslog_stop(struct output *o)
{
	struct output_to_syslog *s = (struct output_to_syslog *)o;

	syslog_close(s);
	resolver_free(s->resolver);
	loop_timer_free(s->deadline);
	buf_clear(&s->text);
	free(s->path);
	free(s->host);
}

static void
syslog_reopen(struct output *o)
{
	struct output_to_syslog *s = (struct output_to_syslog *)o;

	/* The next send connects anew, and asks for the address anew. */
	if (s->state == SYSLOG_IDLE)
		syslog_close(s);
}

/* -- how a send ends --------------------------------------------------------------- */

static void
syslog_idle(struct output_to_syslog *s)
{
	s->state = SYSLOG_IDLE;
	loop_fd_free(s->watch);
	s->watch = NULL;
	loop_timer_cancel(s->deadline);
	if (s->resolver)
		resolver_cancel(s->resolver);
	buf_clear(&s->text);
}

static void
syslog_fail(struct output_to_syslog *s, const char *doing, const char *why)
{
	syslog_close(s);
	syslog_idle(s);
	output_done(&s->common, FATE_RETRY, -1, "%s: %s%s", s->common.address,
	    doing, why);
}

static void
on_deadline(void *arg)
{
	struct output_to_syslog *s = arg;

	switch (s->state) {
	case SYSLOG_IDLE:
		return;
	case SYSLOG_RESOLVING:
		syslog_fail(s, "looking up its address: ", "timed out");
		return;
	case SYSLOG_CONNECTING:
		syslog_fail(s, "connecting: ", "timed out");
		return;
	case SYSLOG_WRITING:
		syslog_fail(s, "writing: ", "timed out");
		return;
	}
}

/* -- connecting -------------------------------------------------------------------- */

/* 0, or -1 with errno. A local syslog may want datagrams or a stream. */
static int
connect_unix(struct output_to_syslog *s)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t i;
	int error = 0;

	memcpy(sun.sun_path, s->path, strlen(s->path) + 1);
	for (i = 0; i < 2; i++) {
		s->fd = socket(AF_UNIX, types[i] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (s->fd == -1)
			return -1;
		s->stream = types[i] == SOCK_STREAM;
		if (connect(s->fd, (struct sockaddr *)&sun, sizeof sun) == 0)
			return 0;
		error = errno;
		syslog_close(s);
		if (error != EPROTOTYPE)
			break;
	}
	errno = error;
	return -1;
}

/* Tries the addresses from s->at on; error is what the one before said. */
static void
connect_next(struct output_to_syslog *s, int error)
{
	const struct resolve_address *a;
	int type = s->stream ? SOCK_STREAM : SOCK_DGRAM, on = 1;

	for (; s->at < s->naddrs; s->at++) {
		a = &s->addrs[s->at];
		s->fd = socket(a->addr.ss_family, type | SOCK_NONBLOCK |
		    SOCK_CLOEXEC, 0);
		if (s->fd == -1) {
			error = errno;
			continue;
		}
		if (s->stream)	/* a receiver that vanished shows some day */
			setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
		if (connect(s->fd, (const struct sockaddr *)&a->addr, a->len) == 0) {
			syslog_write(s);
			return;
		}
		error = errno;
		if (error == EINPROGRESS) {
			s->state = SYSLOG_CONNECTING;
			s->watch = loop_fd_new(s->common.host.loop, s->fd,
			    LOOP_WRITE, on_connected, s);
			return;
		}
		syslog_close(s);
	}
	syslog_fail(s, "connecting: ", strerror(error));
}

static void
on_connected(void *arg)
{
	struct output_to_syslog *s = arg;
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	loop_fd_free(s->watch);
	s->watch = NULL;
	if (error == 0) {
		syslog_write(s);
		return;
	}
	syslog_close(s);
	s->at++;
	connect_next(s, error);
}

static void
on_resolved(void *arg, const struct resolve_address *addrs, size_t n,
    const char *error)
{
	struct output_to_syslog *s = arg;

	if (n == 0) {
		syslog_fail(s, "looking up its address: ", error);
		return;
	}
	memcpy(s->addrs, addrs, n * sizeof *addrs);
	s->naddrs = n;
	s->at = 0;
	s->stream = s->transport == TRANSPORT_TCP;
	connect_next(s, 0);
}

static void
syslog_connect(struct output_to_syslog *s)
{
	s->fresh = 1;
	s->written = 0;
	s->since = s->messages[0].now;
	if (s->transport != TRANSPORT_UNIX) {
		s->state = SYSLOG_RESOLVING;
		resolver_ask(s->resolver, on_resolved, s);
		return;
	}
	if (connect_unix(s) == -1) {
		syslog_fail(s, "connecting: ", strerror(errno));
		return;
	}
	syslog_write(s);
}

/* -- writing ----------------------------------------------------------------------- */

/* One message with its framing. 0, or -1 with e when it is no alert. */
static int
add_message(struct output_to_syslog *s, const struct output_message *m,
    size_t max, struct err *e)
{
	struct syslog_sender from = { .facility = s->facility, .host = s->here,
	    .app = s->app, .pid = (long)getpid(), .max = max };
	struct arena *arena = arena_new();
	struct buf line = BUF_INIT(SYSLOG_SIZE_MAX);
	const char *body = s->body == BODY_JSON ? m->json : NULL;
	struct alert alert;
	int rc;

	rc = alert_parse(m->json, m->len, arena, &alert, e);
	if (rc == 0) {
		switch ((enum syslog_format)s->format) {
		case SYSLOG_RFC5424:
			render_syslog(&alert, &from, body, &line);
			break;
		case SYSLOG_RFC3164:
			if (s->transport == TRANSPORT_UNIX)
				from.host = NULL;
			render_syslog_old(&alert, &from, body, &line);
			break;
		}
		if (s->transport == TRANSPORT_TCP && s->framing == FRAMING_OCTETS)
			buf_addf(&s->text, "%zu ", line.len);
		buf_add(&s->text, line.data, line.len);
		if (s->stream && (s->transport == TRANSPORT_UNIX ||
		    s->framing == FRAMING_NEWLINE))
			buf_addc(&s->text, '\n');
	}
	buf_clear(&line);
	arena_free(arena);
	return rc;
}

/*
 * All messages of the send, rendered for the connection that there is now. What cannot
 * be read is left out, so that those beside it get through; 0 when nothing is left.
 */
static int
render_all(struct output_to_syslog *s, size_t max, struct err *e)
{
	size_t i;

	buf_clear(&s->text);
	s->text = (struct buf)BUF_INIT(SIZE_MAX / 2);	/* SYSLOG_MANY * max_size */
	for (i = 0; i < s->n; i++)
		if (add_message(s, &s->messages[i], max, e) == -1 && s->n > 1)
			log_err(LOG_LEVEL_ERROR, "output", e,
			    "this delivery is not sent");
	return s->text.len > 0;
}

/*
 * Whether the receiver has closed the connection: it shows only to who reads. What it
 * says otherwise is thrown away.
 */
static int
connection_ended(struct output_to_syslog *s)
{
	char dust[4096];
	size_t got = 0;
	ssize_t n;

	if (!s->stream)
		return 0;
	while ((n = recv(s->fd, dust, sizeof dust, MSG_DONTWAIT)) > 0) {
		got += (size_t)n;
		if (got > DRAINED_MAX)
			return 1;
	}
	return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK &&
	    errno != EINTR);
}

/* A datagram that was too long for this socket: 1 when a shorter one is worth trying. */
static int
shorten(struct output_to_syslog *s)
{
	size_t max = s->text.len / 2;
	struct err e;

	if (s->stream || s->text.len <= SYSLOG_MESSAGE_MIN)
		return 0;
	return render_all(s, max < SYSLOG_MESSAGE_MIN ? SYSLOG_MESSAGE_MIN : max, &e);
}

static void
on_writable(void *arg)
{
	syslog_write(arg);
}

/* The connection broke. One that was there before gets a second chance. */
static void
write_failed(struct output_to_syslog *s, int error)
{
	int again = !s->fresh && s->transport != TRANSPORT_UDP;

	if (!again) {
		syslog_fail(s, "writing: ", strerror(error));
		return;
	}
	syslog_close(s);
	syslog_connect(s);
}

static void
syslog_write(struct output_to_syslog *s)
{
	int error = 0;
	socklen_t len = sizeof error;
	struct err e;
	ssize_t n;

	s->state = SYSLOG_WRITING;
	if (s->written == 0 && !render_all(s, (size_t)s->max_size, &e)) {
		syslog_idle(s);
		output_done(&s->common, FATE_REFUSED, -1, "%s", e.msg);
		return;
	}
	while (s->written < s->text.len) {
		n = send(s->fd, s->text.data + s->written,
		    s->text.len - s->written, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			s->written += (size_t)n;
			continue;
		}
		if (errno == EINTR || (errno == EMSGSIZE && shorten(s)))
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {
			write_failed(s, errno);
			return;
		}
		if (s->watch == NULL)
			s->watch = loop_fd_new(s->common.host.loop, s->fd,
			    LOOP_WRITE, on_writable, s);
		return;
	}
	/* A port that nobody listens on, told by ICMP: at once on this machine. */
	if (s->transport == TRANSPORT_UDP && getsockopt(s->fd, SOL_SOCKET, SO_ERROR,
	    &error, &len) == 0 && error) {
		syslog_fail(s, "writing: ", strerror(error));
		return;
	}
	syslog_idle(s);
	output_sent(&s->common);
}

static void
syslog_send(struct output *o, const struct output_message *m, size_t n)
{
	struct output_to_syslog *s = (struct output_to_syslog *)o;

	assert(s->state == SYSLOG_IDLE);
	s->messages = m;
	s->n = n;
	s->written = 0;
	loop_timer_arm(s->deadline, s->timeout);
	if (s->fd != -1 && (connection_ended(s) || (s->transport == TRANSPORT_UDP &&
	    (m->now < s->since || m->now - s->since > UDP_AGE_MAX))))
		syslog_close(s);
	if (s->fd == -1) {
		syslog_connect(s);
		return;
	}
	s->fresh = 0;
	syslog_write(s);
}

const struct output_kind output_syslog = {
	.name = "syslog",
	.size = sizeof(struct output_to_syslog),
	.options = options,
	.check = syslog_check,
	.start = syslog_start,
	.stop = syslog_stop,
	.reopen = syslog_reopen,
	.send = syslog_send,
};
