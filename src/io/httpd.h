/*
 * A small HTTP server (libevent's evhttp) for the control socket: GET and POST over a
 * unix socket that only its owner may use. Loop thread.
 */
#ifndef IO_HTTPD_H
#define IO_HTTPD_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/loop.h"

#define HTTPD_HEADERS_MAX (16 * 1024)	/* bytes of a request's headers: else refused */
#define HTTPD_BODY_MAX (1024 * 1024)	/* bytes of a request's body: else 413 */
#define HTTPD_REPLY_MAX (64 * 1024 * 1024)
#define HTTPD_TIMEOUT 30		/* seconds that a client may stay silent */

struct httpd_reply {
	int		 status;	/* 200 until changed */
	const char	*type;		/* "application/json" until changed */
	struct buf	 body;		/* empty, to be filled */
};

/*
 * Answers one request: fills reply. path is without the query and as it was sent
 * (not percent-decoded). method is "GET" or "POST".
 */
typedef void httpd_fn(void *arg, const char *method, const char *path,
    const char *body, size_t len, struct httpd_reply *reply);

struct httpd;
/*
 * Listens on a unix socket (mode 0600; a stale one that nobody answers on is
 * replaced, a live one and what is no socket are errors). NULL with e.
 */
struct httpd *httpd_unix(struct loop *, const char *path, httpd_fn *, void *arg,
	    struct err *e);
void	 httpd_free(struct httpd *);	/* unlinks the socket; takes NULL */

#endif
