/*
 * Digests by OpenSSL, randomness by the kernel. See crypto.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <openssl/evp.h>

#include "io/crypto.h"

/* Only out of memory or a library without SHA-256 can come here. */
static void
give_up(const char *what)
{
	fprintf(stderr, "bucketwatch: %s failed\n", what);
	abort();
}

/* Fetched once: OpenSSL would look it up, under a lock, for every digest. */
static const EVP_MD *
sha256(void)
{
	static EVP_MD *kept;
	EVP_MD *md, *none = NULL;

	md = __atomic_load_n(&kept, __ATOMIC_ACQUIRE);
	if (md != NULL)
		return md;
	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (md == NULL)
		give_up("SHA-256");
	if (!__atomic_compare_exchange_n(&kept, &none, md, 0, __ATOMIC_ACQ_REL,
	    __ATOMIC_ACQUIRE)) {
		EVP_MD_free(md);	/* another thread was faster */
		md = none;
	}
	return md;
}

void
crypto_sha256(const struct piece *pieces, size_t n, uint8_t out[32])
{
	EVP_MD_CTX *ctx;
	size_t i;

	ctx = EVP_MD_CTX_new();
	if (ctx == NULL || EVP_DigestInit_ex(ctx, sha256(), NULL) != 1)
		give_up("SHA-256");
	for (i = 0; i < n; i++)
		if (pieces[i].len > 0 &&
		    EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].len) != 1)
			give_up("SHA-256");
	if (EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		give_up("SHA-256");
	EVP_MD_CTX_free(ctx);
}

char *
crypto_hex(char *out, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}

void
crypto_random(void *out, size_t n)
{
	unsigned char *p = out;
	ssize_t got;

	/* from the kernel: waking OpenSSL for it costs 3 ms at every start */
	while (n > 0) {
		got = getrandom(p, n, 0);
		if (got < 0 && errno != EINTR)
			give_up("getrandom");
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}
