/*
 * evhttp over a unix socket. See httpd.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "base/mem.h"
#include "io/httpd.h"

#define HTTPD_BACKLOG 64

struct httpd {
	struct evhttp	*http;
	char		*path;
	dev_t		 dev;		/* of our socket: another's is not unlinked */
	ino_t		 ino;
	httpd_fn	*fn;
	void		*arg;
};

/*
 * Makes room at path: nothing there is fine, a socket that nobody answers on is taken
 * away, anything else is an error.
 */
static int
clear_stale(const char *path, const struct sockaddr_un *sun, struct err *e)
{
	struct stat st;
	int fd, rc, error;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 :
		    err_set(e, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, "%s: is there already and is no socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_set(e, "socket: %s", strerror(errno));
	rc = connect(fd, (const struct sockaddr *)sun, sizeof *sun);
	error = errno;
	close(fd);
	if (rc == 0 || error == EAGAIN)		/* EAGAIN: its backlog is full */
		return err_set(e, "%s: another process answers there; is the "
		    "daemon running already?", path);
	if (error != ECONNREFUSED && error != ENOENT)
		return err_set(e, "%s: %s", path, strerror(error));
	if (unlink(path) == -1 && errno != ENOENT)
		return err_set(e, "%s: a stale socket that cannot be removed: %s",
		    path, strerror(errno));
	return 0;
}

static int
listen_unix(const char *path, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof sun.sun_path)
		return err_set(e, "a socket's path may have %zu bytes: %s",
		    sizeof sun.sun_path - 1, path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if (clear_stale(path, &sun, e) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_set(e, "socket: %s", strerror(errno));
	/*
	 * Linux gives the name the socket's own mode, so there is no moment at which
	 * somebody else could connect, and no umask to change for all threads.
	 */
	if (fchmod(fd, 0600) == -1 ||
	    bind(fd, (const struct sockaddr *)&sun, sizeof sun) == -1) {
		err_set(e, "%s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	if (chmod(path, 0600) == -1 || listen(fd, HTTPD_BACKLOG) == -1) {
		err_set(e, "%s: %s", path, strerror(errno));
		unlink(path);
		close(fd);
		return -1;
	}
	return fd;
}

static void
on_request(struct evhttp_request *r, void *arg)
{
	struct httpd *h = arg;
	struct httpd_reply reply = { 200, "application/json",
	    BUF_INIT(HTTPD_REPLY_MAX) };
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(r);
	struct evbuffer *in = evhttp_request_get_input_buffer(r);
	struct evbuffer *out = evhttp_request_get_output_buffer(r);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(r);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	size_t len = evbuffer_get_length(in);
	char *body = xmalloc(len + 1);

	len = evbuffer_remove(in, body, len) > 0 ? len : 0;
	body[len] = '\0';
	h->fn(h->arg,
	    evhttp_request_get_command(r) == EVHTTP_REQ_POST ? "POST" : "GET",
	    path && *path ? path : "/", body, len, &reply);
	free(body);
	if (reply.body.truncated) {	/* half an answer is none */
		buf_clear(&reply.body);
		reply.status = 500;
		reply.type = "text/plain";
		buf_adds(&reply.body, "the answer is over the limit\n");
	}
	evhttp_add_header(headers, "Content-Type", reply.type);
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evbuffer_add(out, buf_text(&reply.body), reply.body.len);
	evhttp_send_reply(r, reply.status, NULL, NULL);
	buf_clear(&reply.body);
}

struct httpd *
httpd_unix(struct loop *loop, const char *path, httpd_fn *fn, void *arg,
    struct err *e)
{
	struct evconnlistener *listener;
	struct httpd *h;
	struct stat st;
	int fd = listen_unix(path, e);

	if (fd == -1)
		return NULL;
	h = xcalloc(1, sizeof *h);
	h->path = xstrdup(path);
	h->fn = fn;
	h->arg = arg;
	if (lstat(path, &st) == 0) {
		h->dev = st.st_dev;
		h->ino = st.st_ino;
	}
	h->http = evhttp_new(loop_base(loop));
	listener = evconnlistener_new(loop_base(loop), NULL, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (h->http == NULL || listener == NULL ||
	    evhttp_bind_listener(h->http, listener) == NULL)
		abort();	/* out of memory */
	evhttp_set_max_headers_size(h->http, HTTPD_HEADERS_MAX);
	evhttp_set_max_body_size(h->http, HTTPD_BODY_MAX);
	evhttp_set_timeout(h->http, HTTPD_TIMEOUT);
	evhttp_set_allowed_methods(h->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
	evhttp_set_gencb(h->http, on_request, h);
	return h;
}

void
httpd_free(struct httpd *h)
{
	struct stat st;

	if (h == NULL)
		return;
	evhttp_free(h->http);
	if (lstat(h->path, &st) == 0 && st.st_dev == h->dev && st.st_ino == h->ino)
		unlink(h->path);
	free(h->path);
	free(h);
}
