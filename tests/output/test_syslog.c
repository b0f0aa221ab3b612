/*
 * Syslog over the local socket, UDP and TCP, against sockets of the test and, where it
 * is installed, against rsyslogd.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lib/server.h"
#include "output/rig.h"

static struct rig r;
static char *json;
static pid_t daemon_pid;	/* of rsyslogd */

static int
setup(void **state)
{
	struct alert a = rig_alert();

	(void)state;
	rig_open(&r);
	json = rig_json(&a);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (daemon_pid) {
		kill(daemon_pid, SIGTERM);
		waitpid(daemon_pid, NULL, 0);
		daemon_pid = 0;
	}
	free(json);
	rig_close(&r);
	return 0;
}

/* What the message must be, from the same renderer that has its own test. */
static char *
message(int facility, size_t max)
{
	struct syslog_sender from = { facility, "here", "bucketwatch",
	    (long)getpid(), max };
	struct buf out = BUF_INIT(1 << 20);
	struct alert a = rig_alert();

	render_syslog(&a, &from, NULL, &out);
	return buf_take(&out);
}

/* -- datagrams ---------------------------------------------------------------------- */

static int
unix_datagrams(const char *path, int type)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	return fd;
}

static int
udp_socket(int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof sin;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof sin), 0);
	getsockname(fd, (struct sockaddr *)&sin, &len);
	*port = ntohs(sin.sin_port);
	return fd;
}

static void
check_datagram(int fd, const char *wanted)
{
	char got[70000];
	ssize_t n = recv(fd, got, sizeof got - 1, 0);

	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, wanted);
}

static void
the_local_socket_takes_datagrams(void **state)
{
	char path[128], *wanted = message(16, 8192);
	struct output *o;
	int fd;

	(void)state;
	snprintf(path, sizeof path, "%s/log", r.dir);
	fd = unix_datagrams(path, SOCK_DGRAM);
	o = rig_start(&r, -1, "{name: s, type: syslog, hostname: here, "
	    "address: \"unix:%s\"}", path);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	check_datagram(fd, wanted);
	/* the receiver restarts: the same send goes to the new one */
	close(fd);
	unlink(path);
	fd = unix_datagrams(path, SOCK_DGRAM);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	check_datagram(fd, wanted);
	/* and is gone for a while */
	close(fd);
	unlink(path);
	assert_int_equal(rig_send_one(&r, o, json), FATE_RETRY);
	assert_non_null(strstr(r.why, "No such file or directory"));
	fd = unix_datagrams(path, SOCK_DGRAM);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	check_datagram(fd, wanted);
	output_free(o);
	close(fd);
	free(wanted);
}

static void
a_full_local_socket_is_waited_for_until_the_timeout(void **state)
{
	struct output *o;
	char path[128];
	int fd, i;

	(void)state;
	snprintf(path, sizeof path, "%s/log", r.dir);
	fd = unix_datagrams(path, SOCK_DGRAM);
	o = rig_start(&r, -1, "{name: s, type: syslog, timeout: 100ms, "
	    "address: \"unix:%s\"}", path);
	for (i = 0; i < 2000 && rig_send_one(&r, o, json) == FATE_SENT; i++)
		;
	assert_true(i < 2000);
	assert_int_equal(r.fate, FATE_RETRY);
	assert_non_null(strstr(r.why, "writing: timed out"));
	output_free(o);
	close(fd);
}

static void
a_local_stream_is_fallen_back_to(void **state)
{
	char path[128], *wanted = message(16, 8192);
	struct server *s;
	struct output *o;

	(void)state;
	snprintf(path, sizeof path, "%s/log", r.dir);
	s = server_new(r.loop, path);
	s->raw = 1;
	o = rig_start(&r, -1, "{name: s, type: syslog, hostname: here, "
	    "address: \"unix:%s\"}", path);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	output_free(o);
	while (s->ended == 0)
		rig_turn(&r);
	assert_int_equal(s->heard.len, 2 * (strlen(wanted) + 1));
	assert_memory_equal(s->heard.data, wanted, strlen(wanted));
	assert_int_equal(s->heard.data[strlen(wanted)], '\n');
	server_free(s);
	free(wanted);
}

static void
udp_takes_one_message_a_datagram_cut_to_size(void **state)
{
	char *wanted = message(13, 600);
	struct output *o;
	int port, fd = udp_socket(&port);

	(void)state;
	assert_in_range(strlen(wanted), 500, 600);
	o = rig_start(&r, -1, "{name: s, type: syslog, hostname: here, "
	    "facility: audit, max_size: 600, address: \"udp://127.0.0.1:%d\"}", port);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	check_datagram(fd, wanted);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	check_datagram(fd, wanted);
	/* nobody listens: told by the kernel at once on one machine */
	close(fd);
	assert_int_equal(rig_send_one(&r, o, json), FATE_RETRY);
	assert_non_null(strstr(r.why, "Connection refused"));
	output_free(o);
	free(wanted);
}

static void
a_name_is_looked_up_without_the_loop_waiting(void **state)
{
	struct output *o;
	int port, fd = udp_socket(&port);
	char got[4096];

	(void)state;
	o = rig_start(&r, -1, "{name: s, type: syslog, "
	    "address: \"udp://localhost:%d\"}", port);
	rig_send_one(&r, o, json);
	/* localhost may be ::1 first, where nobody listens */
	if (r.fate == FATE_SENT)
		assert_true(recv(fd, got, sizeof got, 0) > 0);
	else
		assert_non_null(strstr(r.why, "refused"));
	output_free(o);
	close(fd);

	o = rig_start(&r, -1, "{name: s, type: syslog, timeout: 5s, "
	    "address: \"tcp://no-such-host.invalid\"}");
	assert_int_equal(rig_send_one(&r, o, json), FATE_RETRY);
	assert_non_null(strstr(r.why, "looking up its address: "));
	output_free(o);
	/* freed while the question is open */
	o = rig_start(&r, -1, "{name: s, type: syslog, "
	    "address: \"tcp://no-such-host.invalid\"}");
	output_send(o, &(struct output_message){ "d", json, strlen(json), 0 }, 1,
	    rig_done, &r);
	output_free(o);
}

/* -- TCP ---------------------------------------------------------------------------- */

/* Turns the loop until the server has heard n bytes or a connection ended. */
static void
hear(struct server *s, size_t n)
{
	int ended = s->ended;

	while (s->heard.len < n && s->ended == ended)
		rig_turn(&r);
}

static void
tcp_counts_octets_or_ends_lines(void **state)
{
	char *wanted = message(16, 8192), framed[9000];
	const char *many[64];
	struct server *s = server_new(r.loop, NULL);
	struct output *o;
	size_t len, i;

	(void)state;
	s->raw = 1;
	o = rig_start(&r, -1, "{name: s, type: syslog, hostname: here, "
	    "address: \"tcp://127.0.0.1:%d\"}", s->port);
	len = (size_t)snprintf(framed, sizeof framed, "%zu %s", strlen(wanted), wanted);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	hear(s, len);
	assert_int_equal(s->heard.len, len);
	assert_memory_equal(s->heard.data, framed, len);
	for (i = 0; i < 64; i++)
		many[i] = json;
	assert_int_equal(rig_send(&r, o, many, 64), FATE_SENT);
	hear(s, 65 * len);
	assert_int_equal(s->heard.len, 65 * len);
	assert_memory_equal(s->heard.data + 64 * len, framed, len);
	assert_int_equal(s->accepted, 1);
	output_free(o);

	buf_reset(&s->heard);
	o = rig_start(&r, -1, "{name: s, type: syslog, hostname: here, "
	    "framing: newline, address: \"tcp://127.0.0.1:%d\"}", s->port);
	len = (size_t)snprintf(framed, sizeof framed, "%s\n", wanted);
	assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
	hear(s, len);
	assert_int_equal(s->heard.len, len);
	assert_memory_equal(s->heard.data, framed, len);
	output_free(o);
	server_free(s);
	free(wanted);
}

static void
a_connection_that_ended_is_made_anew(void **state)
{
	char *wanted = message(16, 8192);
	struct server *s = server_new(r.loop, NULL);
	struct output *o;
	int i;

	(void)state;
	s->raw = 1;
	o = rig_start(&r, -1, "{name: s, type: syslog, hostname: here, "
	    "framing: newline, address: \"tcp://127.0.0.1:%d\"}", s->port);
	for (i = 1; i <= 3; i++) {
		buf_reset(&s->heard);
		assert_int_equal(rig_send_one(&r, o, json), FATE_SENT);
		hear(s, strlen(wanted) + 1);
		assert_int_equal(s->heard.len, strlen(wanted) + 1);
		assert_int_equal(s->accepted, i);
		server_close_conns(s);
	}
	server_free(s);
	assert_int_equal(rig_send_one(&r, o, json), FATE_RETRY);
	assert_non_null(strstr(r.why, "connecting: Connection refused"));
	output_free(o);
	free(wanted);
}

static void
a_receiver_that_does_not_read_is_given_up(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof sin;
	const char *many[64];
	struct output *o;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096, i;

	(void)state;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof sin), 0);
	assert_int_equal(listen(fd, 1), 0);	/* nobody ever accepts */
	getsockname(fd, (struct sockaddr *)&sin, &len);
	o = rig_start(&r, -1, "{name: s, type: syslog, timeout: 150ms, message: json, "
	    "address: \"tcp://127.0.0.1:%d\"}", ntohs(sin.sin_port));
	for (i = 0; i < 64; i++)
		many[i] = json;
	for (i = 0; i < 2000 && rig_send(&r, o, many, 64) == FATE_SENT; i++)
		;
	assert_true(i < 2000);
	assert_int_equal(r.fate, FATE_RETRY);
	assert_non_null(strstr(r.why, "timed out"));
	output_free(o);
	close(fd);
}

static void
what_is_no_alert_is_refused_alone(void **state)
{
	struct server *s = server_new(r.loop, NULL);
	const char *two[2] = { "no json", json };
	char *wanted = message(16, 8192);
	struct output *o;

	(void)state;
	s->raw = 1;
	o = rig_start(&r, -1, "{name: s, type: syslog, hostname: here, "
	    "framing: newline, address: \"tcp://127.0.0.1:%d\"}", s->port);
	assert_int_equal(rig_send_one(&r, o, "no json"), FATE_REFUSED);
	assert_int_equal(rig_send(&r, o, two, 2), FATE_SENT);
	hear(s, strlen(wanted) + 1);
	assert_int_equal(s->heard.len, strlen(wanted) + 1);
	output_free(o);
	server_free(s);
	free(wanted);
}

/* -- rsyslogd ----------------------------------------------------------------------- */

static int
free_port(int type)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof sin;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof sin), 0);
	getsockname(fd, (struct sockaddr *)&sin, &len);
	close(fd);
	return ntohs(sin.sin_port);
}

struct rsyslog {
	int	 udp, tcp;
	char	 local[128], plain[128], out[128];
};

/* Anything that happens in the test's folder stops the loop. */
struct folder {
	int		 fd;
	struct loop_fd	*watch;
};

static void
on_folder(void *arg)
{
	char events[4096];

	while (read(((struct folder *)arg)->fd, events, sizeof events) > 0)
		;
	loop_stop(r.loop);
}

static void
folder_open(struct folder *f)
{
	f->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	assert_true(f->fd != -1);
	assert_true(inotify_add_watch(f->fd, r.dir, IN_CREATE | IN_MODIFY |
	    IN_CLOSE_WRITE | IN_MOVED_TO) != -1);
	f->watch = loop_fd_new(r.loop, f->fd, LOOP_READ, on_folder, f);
}

static void
folder_close(struct folder *f)
{
	loop_fd_free(f->watch);
	close(f->fd);
}

/* The lines that rsyslogd has written, at least n of them. */
static char *
written(const struct rsyslog *s, size_t n)
{
	struct folder folder;
	char *text, *p;
	size_t lines;

	folder_open(&folder);
	for (;;) {
		text = rig_read(s->out, NULL);
		for (p = text, lines = 0; (p = strchr(p, '\n')); p++)
			lines++;
		if (lines >= n)
			break;
		free(text);
		loop_run(r.loop);
	}
	folder_close(&folder);
	return text;
}

/* 0, or -1 where there is no rsyslogd. Returns when it listens. */
static int
rsyslog_start(struct rsyslog *s)
{
	char conf[128], pidfile[128];
	struct stat st;
	struct folder folder;
	FILE *f;

	if (access("/usr/sbin/rsyslogd", X_OK) == -1)
		return -1;
	s->udp = free_port(SOCK_DGRAM);
	s->tcp = free_port(SOCK_STREAM);
	snprintf(s->local, sizeof s->local, "%s/log", r.dir);
	snprintf(s->plain, sizeof s->plain, "%s/plain", r.dir);
	snprintf(s->out, sizeof s->out, "%s/out", r.dir);
	snprintf(conf, sizeof conf, "%s/conf", r.dir);
	snprintf(pidfile, sizeof pidfile, "%s/pid", r.dir);
	f = fopen(conf, "w");
	fprintf(f, "global(workDirectory=\"%s\" maxMessageSize=\"64k\")\n"
	    "module(load=\"imudp\")\nmodule(load=\"imtcp\")\n"
	    "module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
	    "template(name=\"t\" type=\"list\") {\n"
	    "property(name=\"inputname\")constant(value=\"|\")\n"
	    "property(name=\"pri\")constant(value=\"|\")\n"
	    "property(name=\"timestamp\" dateFormat=\"rfc3339\" "
	    "date.inUTC=\"on\")constant(value=\"|\")\n"
	    "property(name=\"hostname\")constant(value=\"|\")\n"
	    "property(name=\"app-name\")constant(value=\"|\")\n"
	    "property(name=\"procid\")constant(value=\"|\")\n"
	    "property(name=\"msgid\")constant(value=\"|\")\n"
	    "property(name=\"structured-data\")constant(value=\"|\")\n"
	    "property(name=\"msg\")constant(value=\"\\n\") }\n"
	    "ruleset(name=\"r\") { action(type=\"omfile\" file=\"%s\" "
	    "template=\"t\") }\n"
	    "input(type=\"imudp\" address=\"127.0.0.1\" port=\"%d\" ruleset=\"r\")\n"
	    "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"%d\" ruleset=\"r\")\n"
	    "input(type=\"imuxsock\" Socket=\"%s\" useSpecialParser=\"off\" "
	    "ParseHostname=\"on\" IgnoreTimestamp=\"off\" ruleset=\"r\")\n"
	    "input(type=\"imuxsock\" Socket=\"%s\" ruleset=\"r\")\n",
	    r.dir, s->out, s->udp, s->tcp, s->local, s->plain);
	fclose(f);
	/* its pid file is written when all inputs stand */
	folder_open(&folder);
	daemon_pid = fork();
	assert_true(daemon_pid != -1);
	if (daemon_pid == 0) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execl("/usr/sbin/rsyslogd", "rsyslogd", "-n", "-f", conf, "-i",
		    pidfile, (char *)NULL);
		_exit(127);
	}
	while (stat(pidfile, &st) == -1 || st.st_size == 0 ||
	    stat(s->local, &st) == -1 || stat(s->plain, &st) == -1)
		loop_run(r.loop);
	folder_close(&folder);
	return 0;
}

/* What rsyslogd must have understood of message(): each part in its place. */
static char *
understood(const char *input, const char *text)
{
	const char *sd = strchr(text, '['), *end = strstr(sd, "\"] ");
	struct buf out = BUF_INIT(1 << 20);

	buf_addf(&out, "%s|131|2026-01-15T08:12:30.000000+00:00|here|bucketwatch|%ld|alert|",
	    input, (long)getpid());
	buf_add(&out, sd, (size_t)(end + 2 - sd));
	buf_addf(&out, "|%s", end + 3);
	return buf_take(&out);
}

static void
rsyslogd_reads_what_was_sent(void **state)
{
	static const char *const inputs[] = { "imuxsock", "imudp", "imtcp", "imtcp" };
	struct alert a = rig_alert();
	struct syslog_sender from = { 16, "here", "bucketwatch", (long)getpid(),
	    8192 };
	struct buf line = BUF_INIT(1 << 20);
	char address[4][192], *text, *at, *end, *wanted, *hostile;
	struct rsyslog s;
	struct output *o;
	size_t i, n = 0;

	(void)state;
	if (rsyslog_start(&s) == -1) {
		print_message("# rsyslogd is not installed: not held against it\n");
		skip();
	}
	snprintf(address[0], sizeof address[0], "\"unix:%s\"", s.local);
	snprintf(address[1], sizeof address[1], "\"udp://127.0.0.1:%d\"", s.udp);
	snprintf(address[2], sizeof address[2], "\"tcp://127.0.0.1:%d\"", s.tcp);
	snprintf(address[3], sizeof address[3], "\"tcp://127.0.0.1:%d\", "
	    "framing: newline", s.tcp);
	a.common[COMMON_KEY] = "k\n<0>1 - - - - - forged \"]\\ \xff \xc3\xa9";
	hostile = rig_json(&a);
	a.common[COMMON_KEY] = "k\n<0>1 - - - - - forged \"]\\ \xef\xbf\xbd \xc3\xa9";
	render_syslog(&a, &from, NULL, &line);
	for (i = 0; i < 4; i++) {
		o = rig_start(&r, -1, "{name: s, type: syslog, hostname: here, "
		    "max_size: 8KiB, address: %s}", address[i]);
		assert_int_equal(rig_send_one(&r, o, hostile), FATE_SENT);
		output_free(o);
		/* one by one, so that the order is known */
		text = written(&s, ++n);
		at = text;
		for (size_t k = 1; k < n; k++)
			at = strchr(at, '\n') + 1;
		end = strchr(at, '\n');
		assert_string_equal(end, "\n");
		*end = '\0';
		wanted = understood(inputs[i], line.data);
		assert_string_equal(at, wanted);
		free(wanted);
		free(text);
	}
	/* the local socket as it is set up by default wants the old form */
	o = rig_start(&r, -1, "{name: s, type: syslog, format: rfc3164, "
	    "address: \"unix:%s\"}", s.plain);
	assert_int_equal(rig_send_one(&r, o, hostile), FATE_SENT);
	output_free(o);
	text = written(&s, ++n);
	wanted = xasprintf("|bucketwatch|%ld|-|-| HIGH Trail logging was stopped: ",
	    (long)getpid());
	assert_non_null(strstr(text, wanted));
	free(wanted);
	free(text);
	buf_clear(&line);
	free(hostile);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_local_socket_takes_datagrams),
		T(a_full_local_socket_is_waited_for_until_the_timeout),
		T(a_local_stream_is_fallen_back_to),
		T(udp_takes_one_message_a_datagram_cut_to_size),
		T(a_name_is_looked_up_without_the_loop_waiting),
		T(tcp_counts_octets_or_ends_lines),
		T(a_connection_that_ended_is_made_anew),
		T(a_receiver_that_does_not_read_is_given_up),
		T(what_is_no_alert_is_refused_alone),
		T(rsyslogd_reads_what_was_sent),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
