/*
 * HTTP client: libcurl's multi interface on the loop. Nothing blocks; TLS is always
 * verified; redirects are not followed (a webhook must not be led elsewhere). Only
 * http and https, whatever else libcurl was built with. Loop thread, but for the pure
 * functions at the end and http_fetch(). Whoever uses it ignores SIGPIPE.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

#define HTTP_ANSWER_MAX (64 * 1024)	/* bytes of an answer that are kept; one that
					   goes on is broken off there */
#define HTTP_HEADERS_MAX (256 * 1024)	/* bytes of headers that are listened to */
#define HTTP_RETRY_AFTER_MAX (3600 * 1000000000LL)
#define HTTP_CONNECT_TIMEOUT (5 * 1000000000LL)		/* where a request gives 0 */
#define HTTP_TOTAL_TIMEOUT (30 * 1000000000LL)

struct http;
struct http *http_new(struct loop *);
/* Outstanding requests are abandoned: their fn is never called. Not from inside a fn.
   Takes NULL. */
void	 http_free(struct http *);

struct http_request {
	const char	*method;	/* "GET", "POST" ... */
	const char	*url;		/* copied */
	const char	*unix_socket;	/* path, or NULL */
	const char	*const *headers; /* "Name: value", NULL-ended, or NULL; copied */
	const char	*body;		/* copied; NULL: none */
	size_t		 body_len;
	const char	*ca_file;	/* own CA bundle or NULL */
	const char	*proxy;		/* NULL: as the environment says */
	int64_t		 connect_timeout_ns, total_timeout_ns;
};

struct http_answer {
	int		 status;	/* 0: no answer; then error says why */
	const char	*error;		/* NULL when there is an answer. It names host and
					   port, never the path; may hold the peer's text */
	const char	*body;		/* up to HTTP_ANSWER_MAX, NUL-terminated */
	size_t		 body_len;
	int64_t		 retry_after_ns; /* of a Retry-After header, -1 without one;
					    seconds or date, capped at one hour */
};

/*
 * fn is called once from the loop, never from inside http_send(). What comes back
 * serves http_cancel() until fn is called; most callers do not need it.
 */
struct http_call;
struct http_call *http_send(struct http *, const struct http_request *,
	    void (*fn)(void *arg, const struct http_answer *), void *arg);
/* Abandons a request: fn is not called. Takes NULL. */
void	 http_cancel(struct http_call *);

/* One blocking request for command-line clients. 0, or -1 with error text in e. The
   answer's body is allocated (free it), NUL-terminated, and an error over max bytes. */
int	 http_fetch(const struct http_request *, size_t max, int *status,
	    char **body, size_t *len, struct err *e);

/* A Retry-After value: nanoseconds from now (wall clock), 0 when it is past, at most
   HTTP_RETRY_AFTER_MAX, -1 when it is neither seconds nor a date. Any thread. */
int64_t	 http_retry_after(const char *value, size_t len, int64_t now);

/* What a URL says about where it leads. Any thread. */
struct http_url {
	int		 https;		/* 0: http */
	int		 loopback;	/* localhost, 127.0.0.0/8, ::1 */
	char		 host[256];	/* with ":port" where one is given */
};
/* 0, or -1 with what is wrong (the URL itself is not in the message). */
int	 http_url_read(const char *url, struct http_url *, struct err *e);

#endif
