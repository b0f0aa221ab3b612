/*
 * Digests: FIPS 180-2's examples of SHA-256, and pieces that make one message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "io/crypto.h"

static void
sha256_of_known_messages(void **state)
{
	static const struct piece abc[] = { { "abc", 3 } };
	static const struct piece pieces[] = { { "a", 1 }, { NULL, 0 },
	    { "bc", 2 } };
	uint8_t digest[32];
	char hex[65];

	(void)state;
	crypto_sha256(abc, 1, digest);
	assert_string_equal(crypto_hex(hex, digest, 32),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256(pieces, 3, digest);
	assert_string_equal(crypto_hex(hex, digest, 32),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256(NULL, 0, digest);
	assert_string_equal(crypto_hex(hex, digest, 32),
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
random_bytes_are_not_the_same_twice(void **state)
{
	uint8_t a[16], b[16];

	(void)state;
	crypto_random(a, sizeof a);
	crypto_random(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_of_known_messages),
		cmocka_unit_test(random_bytes_are_not_the_same_twice),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
