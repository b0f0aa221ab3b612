/*
 * Digests by OpenSSL. Any thread.
 */
#ifndef IO_CRYPTO_H
#define IO_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

/* SHA-256 over the pieces one after the other. */
struct piece { const void *p; size_t len; };
void	 crypto_sha256(const struct piece *, size_t n, uint8_t out[32]);
/* Lower-case hex; out needs 2 * n + 1 bytes. Returns out. */
char	*crypto_hex(char *out, const uint8_t *p, size_t n);
/* Random bytes from the system; ends the process when there are none. */
void	 crypto_random(void *, size_t n);

#endif
