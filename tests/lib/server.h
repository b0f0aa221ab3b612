/*
 * A small server on the test's own loop: it says what the test tells it to, at HTTP's
 * or at a plain stream's level, and remembers what it heard.
 */
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include <stddef.h>

#include "base/buf.h"
#include "io/loop.h"

enum server_act {
	SERVER_ANSWER,		/* writes answer and keeps the connection */
	SERVER_ANSWER_CLOSE,	/* writes answer and closes */
	SERVER_STALL,		/* says nothing */
	SERVER_RESET		/* breaks the connection with an RST */
};

struct server {
	struct loop	*loop;
	int		 fd, port;
	struct loop_fd	*watch;
	struct server_conn *conns;
	/* what to do */
	int		 raw;		/* no HTTP: on_data with all that comes */
	enum server_act	 act;
	const char	*answer;
	size_t		 answer_len;	/* 0: strlen(answer) */
	void		(*on_data)(void *arg);	/* raw: something came */
	void		*arg;
	/* what was heard */
	struct buf	 heard;		/* raw: all; else the last request whole */
	int		 accepted, requests, ended;
};

/* TCP on 127.0.0.1, or a unix stream socket at path. */
struct server *server_new(struct loop *, const char *path);
void	 server_close_conns(struct server *);	/* as a receiver that restarts */
void	 server_free(struct server *);

#endif
