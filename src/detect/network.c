/*
 * Networks. See network.h.
 */
#include <arpa/inet.h>
#include <string.h>

#include "detect/network.h"

#define ADDRESS_TEXT_MAX 64

static int
address_parse(const char *text, size_t len, int *family, uint8_t out[16])
{
	char copy[ADDRESS_TEXT_MAX], *zone;

	if (len == 0 || len >= sizeof copy || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	memset(out, 0, 16);
	if (strchr(copy, ':') == NULL) {
		*family = AF_INET;
		return inet_pton(AF_INET, copy, out) == 1 ? 0 : -1;
	}
	if ((zone = strchr(copy, '%')) != NULL)
		*zone = '\0';
	*family = AF_INET6;
	return inet_pton(AF_INET6, copy, out) == 1 ? 0 : -1;
}

static int
prefix_parse(const char *p, size_t len, int family, unsigned *bits)
{
	unsigned max = family == AF_INET ? 32 : 128, v = 0;
	uint8_t mask[16];
	uint32_t m;
	int mask_family;
	size_t i;

	if (family == AF_INET && memchr(p, '.', len) != NULL) {
		if (address_parse(p, len, &mask_family, mask) == -1)
			return -1;
		m = (uint32_t)mask[0] << 24 | (uint32_t)mask[1] << 16 |
		    (uint32_t)mask[2] << 8 | mask[3];
		if ((~m & (~m + 1)) != 0)	/* ones after a zero */
			return -1;
		*bits = (unsigned)__builtin_popcount(m);
		return 0;
	}
	if (len == 0 || len > 3)
		return -1;
	for (i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (unsigned)(p[i] - '0');
	}
	*bits = v;
	return v <= max ? 0 : -1;
}

int
network_parse(const char *text, size_t len, struct network *n)
{
	const char *slash = memchr(text, '/', len);
	size_t address = slash != NULL ? (size_t)(slash - text) : len;

	if (address_parse(text, address, &n->family, n->address) == -1)
		return -1;
	if (slash == NULL) {
		n->bits = n->family == AF_INET ? 32 : 128;
		return 0;
	}
	return prefix_parse(slash + 1, len - address - 1, n->family, &n->bits);
}

int
network_has(const struct network *n, const char *text, size_t len)
{
	uint8_t address[16];
	unsigned whole = n->bits / 8, rest = n->bits % 8;
	int family;

	if (len < 2 || address_parse(text, len, &family, address) == -1 ||
	    family != n->family || memcmp(address, n->address, whole) != 0)
		return 0;
	return rest == 0 ||
	    ((address[whole] ^ n->address[whole]) >> (8 - rest)) == 0;
}
