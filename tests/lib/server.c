/*
 * See server.h.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "lib/server.h"

struct server_conn {
	struct server	*server;
	int		 fd;
	struct loop_fd	*watch;
	struct buf	 in;
	struct server_conn *next;
};

static void
conn_free(struct server_conn *c)
{
	struct server_conn **p = &c->server->conns;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	loop_fd_free(c->watch);
	close(c->fd);
	buf_clear(&c->in);
	free(c);
}

static void
conn_act(struct server_conn *c)
{
	struct server *s = c->server;
	struct linger hard = { 1, 0 };
	size_t len, done = 0;
	ssize_t n;

	switch (s->act) {
	case SERVER_STALL:
		return;
	case SERVER_RESET:
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		conn_free(c);
		return;
	case SERVER_ANSWER:
	case SERVER_ANSWER_CLOSE:
		break;
	}
	len = s->answer_len ? s->answer_len : strlen(s->answer);
	while (done < len) {
		n = send(c->fd, s->answer + done, len - done, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (s->act == SERVER_ANSWER_CLOSE)
		conn_free(c);
}

/* Bytes of the first whole request in the buffer or 0. */
static size_t
request_len(const struct buf *in)
{
	const char *text = buf_text(in), *end = strstr(text, "\r\n\r\n"), *p;
	size_t body = 0;

	if (end == NULL)
		return 0;
	for (p = text; p < end; p++)
		if (strncasecmp(p, "\r\ncontent-length:", 17) == 0)
			body = strtoul(p + 17, NULL, 10);
	body += (size_t)(end + 4 - text);
	return in->len >= body ? body : 0;
}

static void
on_conn(void *arg)
{
	struct server_conn *c = arg;
	struct server *s = c->server;
	char piece[65536];
	ssize_t n = recv(c->fd, piece, sizeof piece, MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		s->ended++;
		conn_free(c);
		if (s->raw && s->on_data)
			s->on_data(s->arg);
		return;
	}
	if (s->raw) {
		buf_add(&s->heard, piece, (size_t)n);
		if (s->on_data)
			s->on_data(s->arg);
		return;
	}
	buf_add(&c->in, piece, (size_t)n);
	if (request_len(&c->in) == 0)
		return;
	buf_reset(&s->heard);
	buf_add(&s->heard, c->in.data, c->in.len);
	buf_reset(&c->in);
	s->requests++;
	conn_act(c);
}

static void
on_accept(void *arg)
{
	struct server *s = arg;
	struct server_conn *c;
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1)
		return;
	s->accepted++;
	c = xcalloc(1, sizeof *c);
	c->server = s;
	c->fd = fd;
	c->in = (struct buf)BUF_INIT(16 << 20);
	c->next = s->conns;
	s->conns = c;
	c->watch = loop_fd_new(s->loop, fd, LOOP_READ, on_conn, c);
}

struct server *
server_new(struct loop *loop, const char *path)
{
	struct server *s = xcalloc(1, sizeof *s);
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len = sizeof sin;
	int rc;

	s->loop = loop;
	s->heard = (struct buf)BUF_INIT(64 << 20);
	s->fd = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	assert(s->fd != -1);
	if (path) {
		strcpy(sun.sun_path, path);
		rc = bind(s->fd, (struct sockaddr *)&sun, sizeof sun);
	} else {
		sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		rc = bind(s->fd, (struct sockaddr *)&sin, sizeof sin);
		getsockname(s->fd, (struct sockaddr *)&sin, &len);
		s->port = ntohs(sin.sin_port);
	}
	if (rc == -1 || listen(s->fd, 16) == -1)
		abort();
	s->watch = loop_fd_new(loop, s->fd, LOOP_READ, on_accept, s);
	return s;
}

void
server_close_conns(struct server *s)
{
	while (s->conns)
		conn_free(s->conns);
}

void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	server_close_conns(s);
	loop_fd_free(s->watch);
	close(s->fd);
	buf_clear(&s->heard);
	free(s);
}
