/*
 * IPv4 and IPv6 networks. Pure functions, any thread.
 */
#ifndef DETECT_NETWORK_H
#define DETECT_NETWORK_H

#include <stddef.h>
#include <stdint.h>

struct network {
	int	 family;	/* AF_INET, AF_INET6 */
	uint8_t	 address[16];
	unsigned bits;
};

/* "10.0.0.0/8", "2001:db8::/32", a single address, "10.0.0.0/255.0.0.0". Bits behind
   the prefix are ignored. 0 or -1. */
int	 network_parse(const char *text, size_t len, struct network *);
/* Is text an address of that family inside of the network? A zone (%eth0) behind an
   IPv6 address is ignored. */
int	 network_has(const struct network *, const char *text, size_t len);

#endif
