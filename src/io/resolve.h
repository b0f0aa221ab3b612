/*
 * Names to addresses without holding up the loop: getaddrinfo() in a thread of its
 * own, as the system is set up (hosts, DNS, nsswitch.conf). Loop thread.
 */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "io/loop.h"

#define RESOLVE_MAX 8		/* addresses of one name that are kept */

struct resolve_address {
	struct sockaddr_storage addr;
	socklen_t	 len;
};

/* n is 0 when there is no address; error says why. Everything is borrowed. */
typedef void resolve_fn(void *arg, const struct resolve_address *, size_t n,
    const char *error);

/* One name and port (host may be an address; IPv6 without brackets). */
struct resolver;
struct resolver *resolver_new(struct loop *, const char *host, uint16_t port);
void	 resolver_free(struct resolver *);	/* takes NULL */
/*
 * fn is called once, never from inside this call. When it takes too long is the
 * caller's to say: resolver_cancel(). Not while a question is open. However often it
 * is asked and cancelled, one resolver has one thread at most.
 */
void	 resolver_ask(struct resolver *, resolve_fn *fn, void *arg);
void	 resolver_cancel(struct resolver *);	/* fn is not called */

#endif
