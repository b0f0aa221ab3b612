/*
 * Hashing and the string map.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/map.h"

#define KEYS 100000

static char numbers[KEYS];		/* an address for each value */

static const char *
name_of(size_t i)
{
	static char name[64];

	snprintf(name, sizeof name, "AWSLogs/%012zu/CloudTrail/%zx", i * 7919, i);
	return name;
}

static void
keys_find_their_values_through_growth_and_removal(void **state)
{
	struct map *m = map_new();
	size_t i;

	(void)state;
	for (i = 0; i < KEYS; i++)
		assert_null(map_set(m, name_of(i), &numbers[i]));
	assert_int_equal(map_count(m), KEYS);
	for (i = 0; i < KEYS; i++)
		assert_ptr_equal(map_get(m, name_of(i)), &numbers[i]);
	assert_null(map_get(m, "AWSLogs/"));
	for (i = 0; i < KEYS; i += 2)
		assert_ptr_equal(map_remove(m, name_of(i)), &numbers[i]);
	assert_int_equal(map_count(m), KEYS / 2);
	for (i = 0; i < KEYS; i++)
		assert_ptr_equal(map_get(m, name_of(i)),
		    i % 2 ? &numbers[i] : NULL);
	for (i = 0; i < KEYS; i += 2) {
		assert_null(map_remove(m, name_of(i)));
		assert_null(map_set(m, name_of(i), &numbers[i]));
	}
	for (i = 0; i < KEYS; i++)
		assert_ptr_equal(map_remove(m, name_of(i)), &numbers[i]);
	assert_int_equal(map_count(m), 0);
	map_free(m, NULL);
}

static void
random_sets_and_removals_agree_with_an_array(void **state)
{
	enum { NAMES = 300, STEPS = 200000 };
	static char *model[NAMES];
	struct map *m = map_new();
	uint64_t x = 88172645463325252ULL;
	size_t step, i, count = 0, pos, seen;
	const char *key;
	void *value;

	(void)state;
	for (step = 0; step < STEPS; step++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		i = (size_t)(x >> 8) % NAMES;
		/* more removals than sets in every other thousand */
		if (x % 8 < (step / 1000 % 2 ? 5u : 3u)) {
			assert_ptr_equal(map_remove(m, name_of(i)), model[i]);
			count -= model[i] != NULL;
			model[i] = NULL;
		} else {
			value = &numbers[step % KEYS];
			assert_ptr_equal(map_set(m, name_of(i), value), model[i]);
			count += model[i] == NULL;
			model[i] = value;
		}
		assert_int_equal(map_count(m), count);
		i = (size_t)(x >> 32) % NAMES;
		assert_ptr_equal(map_get(m, name_of(i)), model[i]);
	}
	for (pos = 0, seen = 0; map_next(m, &pos, &key, &value); seen++) {
		assert_ptr_equal(map_get(m, key), value);
		for (i = 0; i < NAMES && strcmp(name_of(i), key) != 0; i++)
			;
		assert_true(i < NAMES);
		assert_ptr_equal(model[i], value);
	}
	assert_int_equal(seen, count);
	map_free(m, NULL);
}

static void
slices_match_whole_keys_only(void **state)
{
	struct map *m = map_new();
	static const char text[] = "GetObjectAcl";

	(void)state;
	map_set(m, "GetObject", &numbers[1]);
	map_set(m, "", &numbers[2]);
	assert_ptr_equal(map_getn(m, text, 9), &numbers[1]);
	assert_null(map_getn(m, text, 8));
	assert_null(map_getn(m, text, 10));
	assert_ptr_equal(map_getn(m, text, 0), &numbers[2]);
	assert_ptr_equal(map_getn(m, NULL, 0), &numbers[2]);
	assert_null(map_getn(m, "GetObject\0", 10));
	assert_null(map_getn(m, "\0", 1));
	assert_null(map_getn(m, "GetObject\0GetObject", 19));
	map_free(m, NULL);
}

static void
keys_are_copied(void **state)
{
	struct map *m = map_new();
	char key[] = "first";

	(void)state;
	map_set(m, key, &numbers[1]);
	key[0] = 'F';
	assert_ptr_equal(map_get(m, "first"), &numbers[1]);
	assert_null(map_get(m, key));
	assert_ptr_equal(map_set(m, "first", &numbers[2]), &numbers[1]);
	assert_int_equal(map_count(m), 1);
	map_free(m, NULL);
}

static void
freeing_visits_every_value_once(void **state)
{
	struct map *m = map_new();
	size_t i;
	char *value;

	(void)state;
	for (i = 0; i < 1000; i++)
		map_set(m, name_of(i), malloc(1));
	value = map_remove(m, name_of(5));
	free(value);
	map_free(m, free);	/* a sanitizer tells of leaks and double frees */
	map_free(NULL, free);
	map_free(map_new(), NULL);
}

/* The written values hold ids together between runs and machines: they may not move. */
static void
hash_is_the_same_everywhere(void **state)
{
	static const struct { const char *text; uint64_t seed, hash; } cases[] = {
		{ "", 0, 0x35fe15563cbb9403ULL },
		{ "", 1, 0x6dd1f02f557c395dULL },
		{ "a", 0, 0xb64ce1593d0bc6f4ULL },
		{ "PutBucketPolicy", 0, 0x5d189c9ee6b2ff90ULL },
		{ "PutBucketPolicy", 42, 0x1bc50561587917aeULL },
		{ "0123456789abcdef", 7, 0x85a108f2268dfa24ULL },
		{ "arn:aws:iam::111122223333:role/reader", 7, 0x66c5fbc056c3cbf4ULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(hash64(cases[i].text, strlen(cases[i].text),
		    cases[i].seed), cases[i].hash);
}

static void
hash_reads_its_bytes_and_no_more(void **state)
{
	unsigned char *p;
	uint64_t h;
	size_t len, i;

	(void)state;
	for (len = 0; len < 100; len++) {
		p = malloc(len ? len : 1);	/* exact: a sanitizer guards the end */
		assert_non_null(p);
		memset(p, 0x5a, len);
		h = hash64(p, len, 3);
		assert_true(h == hash64(p, len, 3));
		assert_true(h != hash64(p, len, 4));
		for (i = 0; i < len; i++) {	/* every byte counts */
			p[i] ^= 1;
			assert_true(hash64(p, len, 3) != h);
			p[i] ^= 1;
		}
		free(p);
	}
	/* zeros of different lengths are different */
	p = calloc(1, 100);
	assert_non_null(p);
	for (len = 0; len < 99; len++)
		assert_true(hash64(p, len, 3) != hash64(p, len + 1, 3));
	free(p);
}

static void
hash_spreads_over_low_and_high_bits(void **state)
{
	enum { BINS = 1024, EACH = 100 };
	static unsigned low[BINS], high[BINS];
	uint64_t h;
	double chi_low = 0, chi_high = 0, d;
	size_t i;

	(void)state;
	for (i = 0; i < BINS * EACH; i++) {
		h = hash64(name_of(i), strlen(name_of(i)), 1);
		low[h % BINS]++;
		high[h >> 54]++;
	}
	for (i = 0; i < BINS; i++) {
		d = (double)low[i] - EACH;
		chi_low += d * d / EACH;
		d = (double)high[i] - EACH;
		chi_high += d * d / EACH;
	}
	/* 1023 degrees of freedom: mean 1023, deviation 45 */
	assert_true(chi_low > 800 && chi_low < 1250);
	assert_true(chi_high > 800 && chi_high < 1250);
}

/*
 * A multiply-and-fold hash gives 0 for a block that equals its constant; where that
 * constant is known, whoever writes keys makes as many that collide as he likes,
 * whatever the seed. The constants here are those of the source.
 */
static void
chosen_blocks_do_not_collide(void **state)
{
	static const uint64_t constants[] = { 0xa0761d6478bd642fULL,
	    0xe7037ed1a0b428dbULL, 0x8ebc6af09c88c6e3ULL, 0 };
	unsigned char one[40], two[40];
	uint64_t seed;
	size_t i, place, len, b;

	(void)state;
	for (i = 0; i < sizeof constants / sizeof constants[0]; i++)
		for (place = 0; place <= 16; place += 8)
			for (len = place + 8; len <= 40; len += 8)
				for (seed = 0; seed < 4; seed++) {
					memset(one, 'x', sizeof one);
					for (b = 0; b < 8; b++)
						one[place + b] = (unsigned char)
						    (constants[i] >> 8 * b);
					memcpy(two, one, sizeof two);
					/* all that stands around the block differs */
					for (b = 0; b < len; b++)
						if (b < place || b >= place + 8)
							two[b] ^= 0x15;
					if (memcmp(one, two, len) == 0)
						continue;
					assert_true(hash64(one, len, seed) !=
					    hash64(two, len, seed));
				}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_find_their_values_through_growth_and_removal),
		cmocka_unit_test(random_sets_and_removals_agree_with_an_array),
		cmocka_unit_test(slices_match_whole_keys_only),
		cmocka_unit_test(keys_are_copied),
		cmocka_unit_test(freeing_visits_every_value_once),
		cmocka_unit_test(hash_is_the_same_everywhere),
		cmocka_unit_test(hash_reads_its_bytes_and_no_more),
		cmocka_unit_test(hash_spreads_over_low_and_high_bits),
		cmocka_unit_test(chosen_blocks_do_not_collide),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
