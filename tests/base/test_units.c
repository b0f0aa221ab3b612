/*
 * Durations, sizes, times, as people and logs write them; and the clocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"

#define SEC NS_PER_SEC
#define UNTOUCHED (-77)

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
durations_are_read(void **state)
{
	static const struct { const char *text; int64_t ns; } cases[] = {
		{ "0", 0 }, { "0s", 0 }, { "1ns", 1 }, { "7us", 7000 },
		{ "500ms", SEC / 2 }, { "90s", 90 * SEC }, { "5m", 300 * SEC },
		{ "5min", 300 * SEC }, { "24h", 86400 * SEC },
		{ "7d", 7 * 86400 * SEC }, { "2w", 14 * 86400 * SEC },
		{ "1h30m", 5400 * SEC }, { "1h 30m", 5400 * SEC },
		{ "5 m", 300 * SEC }, { "007s", 7 * SEC }, { "5m ", 300 * SEC },
		{ "1d12h30m15s", (86400 + 43200 + 1800 + 15) * SEC },
		{ "9223372036854775807ns", INT64_MAX },
		{ "9223372036s", 9223372036 * SEC },
		{ "15250w", 15250LL * 7 * 86400 * SEC },
	};
	int64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ns = UNTOUCHED;
		if (text_duration(cases[i].text, &ns) != 0 || ns != cases[i].ns)
			fail_msg("\"%s\" was read as %lld", cases[i].text,
			    (long long)ns);
	}
}

static void
malformed_durations_are_refused(void **state)
{
	static const char *const cases[] = { "", " ", "5", "10", "00", "m", "s5", "-5m",
	    "+5m", "5x", "5mm", "5mins", "5 minutes", "1.5h", "1,5h", "1h30", "1h-30m",
	    "5M", "5S", "5m5", " 5m", "5\tm", "0x5s", "1e3s", "5m\n", "1y", "5mo",
	    "9223372036854775808ns", "18446744073709551616ns", "9223372037s",
	    "15251w", "99999999999999999999d", "9223372036s 1s", "five minutes",
	    "\xc2\xb5s", "5\xc2\xb5s" };
	int64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ns = UNTOUCHED;
		if (text_duration(cases[i], &ns) != -1 || ns != UNTOUCHED)
			fail_msg("\"%s\" was read as %lld", cases[i], (long long)ns);
	}
}

static void
sizes_are_read(void **state)
{
	static const struct { const char *text; uint64_t n; } cases[] = {
		{ "0", 0 }, { "512", 512 }, { "512B", 512 }, { "4KiB", 4096 },
		{ "4K", 4096 }, { "10MB", 10000000 }, { "10 MB", 10000000 },
		{ "64MiB", 64 << 20 }, { "64M", 64 << 20 }, { "1GiB", 1 << 30 },
		{ "1G", 1 << 30 }, { "1GB", 1000000000 }, { "2TiB", 2ULL << 40 },
		{ "2T", 2ULL << 40 }, { "2TB", 2000000000000 }, { "1kB", 1000 },
		{ "1KB", 1000 }, { "0008", 8 },
		{ "18446744073709551615", UINT64_MAX },
		{ "16777215TiB", 16777215ULL << 40 },
	};
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		n = 1;
		if (text_size(cases[i].text, &n) != 0 || n != cases[i].n)
			fail_msg("\"%s\" was read as %llu", cases[i].text,
			    (unsigned long long)n);
	}
}

static void
malformed_sizes_are_refused(void **state)
{
	static const char *const cases[] = { "", " ", "-1", "+1", "1.5GB", "MB", "10 XB",
	    "10MBs", "10MB ", " 10MB", "10M B", "0x10", "1e6", "10mb", "10mib", "10b",
	    "18446744073709551616", "16777216TiB", "18446744073710TB", "10MB\n",
	    "99999999999999999999999", "1,000" };
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		n = 77;
		if (text_size(cases[i], &n) != -1 || n != 77)
			fail_msg("\"%s\" was read as %llu", cases[i],
			    (unsigned long long)n);
	}
}

static void
times_are_read_in_every_form(void **state)
{
	/* 1768464750 is 2026-01-15T08:12:30Z */
	static const struct { const char *text; int64_t sec, ns; } cases[] = {
		{ "2026-01-15T08:12:30Z", 1768464750, 0 },
		{ "2026-01-15t08:12:30z", 1768464750, 0 },
		{ "2026-01-15 08:12:30", 1768464750, 0 },
		{ "2026-01-15T08:12:30", 1768464750, 0 },
		{ "2026-01-15T08:12:30.5Z", 1768464750, 500000000 },
		{ "2026-01-15T08:12:30,25Z", 1768464750, 250000000 },
		{ "2026-01-15T08:12:30.123456789Z", 1768464750, 123456789 },
		{ "2026-01-15T08:12:30.1234567899999Z", 1768464750, 123456789 },
		{ "2026-01-15T08:12:30.000000001+00:00", 1768464750, 1 },
		{ "2026-01-15T10:12:30+02:00", 1768464750, 0 },
		{ "2026-01-15T10:12:30+0200", 1768464750, 0 },
		{ "2026-01-15T10:12:30+02", 1768464750, 0 },
		{ "2026-01-15T02:42:30-05:30", 1768464750, 0 },
		{ "2026-01-14T08:13:30-23:59", 1768464750, 0 },
		{ "2026-01-15T08:12:30-00:00", 1768464750, 0 },
		{ "2026-01-15T08:12Z", 1768464720, 0 },
		{ "2026-01-15T08:12", 1768464720, 0 },
		{ "2026-01-15T08:12+01:00", 1768461120, 0 },
		{ "2026-01-15", 1768435200, 0 },
		{ "20260115T081230Z", 1768464750, 0 },
		{ "20260115T081230", 1768464750, 0 },
		{ "20260115T0812Z", 1768464720, 0 },
		{ "20260115T0812", 1768464720, 0 },
		{ "20260115T081230.5+0100", 1768461150, 500000000 },
		{ "20260115", 1768435200, 0 },
		{ "20131102T010628Z", 1383354388, 0 },
		{ "1970-01-01T00:00:00Z", 0, 0 },
		{ "1969-12-31T23:59:59Z", -1, 0 },
		{ "1969-12-31T23:59:59.75Z", -1, 750000000 },
		{ "1970-01-01T00:00:00+23:59", -86340, 0 },
		{ "2000-02-29T12:00:00Z", 951825600, 0 },
		{ "2024-02-29T23:59:59Z", 1709251199, 0 },
		{ "2016-12-31T23:59:60Z", 1483228800, 0 },	/* a leap second */
		{ "2038-01-19T03:14:08Z", 2147483648, 0 },
		{ "1678-07-01T00:00:00Z", -9199180800, 0 },
		{ "2261-07-01T00:00:00Z", 9199100000, 0 },
	};
	int64_t ns, want;
	struct tm tm;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ns = UNTOUCHED;
		want = cases[i].sec;
		if (cases[i].sec > 9000000000 || cases[i].sec < -9000000000) {
			memset(&tm, 0, sizeof tm);	/* the C library's word */
			sscanf(cases[i].text, "%d-%d-%d", &tm.tm_year, &tm.tm_mon,
			    &tm.tm_mday);
			tm.tm_year -= 1900;
			tm.tm_mon--;
			want = timegm(&tm);
		}
		if (text_time(cases[i].text, strlen(cases[i].text), &ns) != 0 ||
		    ns != want * SEC + cases[i].ns)
			fail_msg("\"%s\" was read as %lld", cases[i].text,
			    (long long)ns);
	}
}

static void
malformed_times_are_refused(void **state)
{
	static const char *const cases[] = { "", "2", "2026", "2026-01", "2026-01-1",
	    "2026-1-15", "202601", "2026011", "20260115T", "20260115T0", "20260115T08",
	    "20260115T081", "20260115T08123", "20260115T08:12:30Z", "20260115T0812:30",
	    "2026-0115", "202601-15", "2026-01-15T", "2026-01-15T08", "2026-01-15T08:1",
	    "2026-01-15T08:", "2026-01-15T0812", "2026-01-15T081230Z",
	    "2026-01-15T08:12:", "2026-01-15T08:12:3", "2026-01-15T08:12:3Z",
	    "2026-01-15T08:12:30.Z", "2026-01-15T08:12:30.", "2026-01-15T08:12:30.x",
	    "2026-01-15T08:12.5Z", "2026-01-15T08:12:30ZZ", "2026-01-15T08:12:30Zx",
	    "2026-01-15T08:12:30 Z", "2026-01-15T08:12:30 +00:00",
	    "2026-01-15T08:12:30+", "2026-01-15T08:12:30+0", "2026-01-15T08:12:30+01:",
	    "2026-01-15T08:12:30+01:0", "2026-01-15T08:12:30+01:000",
	    "2026-01-15T08:12:30+010", "2026-01-15T08:12:30+24:00",
	    "2026-01-15T08:12:30+01:60", "2026-01-15T08:12:30*01:00",
	    "2026-01-15T08:12:30+-1:00", "2026-01-15T08:12:30+0a:00",
	    "2026-01-15X08:12:30Z", "2026-01-15Z", "2026/01/15T08:12:30Z",
	    "2026-01/15T08:12:30Z", "2026-01-15T08-12-30Z", "2026-01-15T08:12:30UTC",
	    "2026-01-15T24:00:00Z", "2026-01-15T25:00:00Z", "2026-01-15T08:60:00Z",
	    "2026-01-15T08:12:61Z", "2026-01-15T-8:12:30Z", "2026-01-15T+8:12:30Z",
	    "2026-00-15T08:12:30Z", "2026-13-15T08:12:30Z", "2026-01-00T08:12:30Z",
	    "2026-01-32T08:12:30Z", "2026-04-31T08:12:30Z", "2026-06-31", "2026-09-31",
	    "2026-11-31", "2026-02-29", "2025-02-29", "1900-02-29", "2100-02-29",
	    "2024-02-30", "20260229", "-026-01-15", "+2026-01-15", "12026-01-15",
	    " 2026-01-15", "2026-01-15 ", "2026-01-15T08:12:30Z ", "now", "yesterday",
	    "1768464750", "1677-01-01T00:00:00Z", "0000-01-01", "0001-01-01T00:00:00Z",
	    "2263-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "20x60115",
	    "2026-01-15T08:12:30.12345678901234567890123Z",
	    "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-01-15", "15/Jan/2026:08:12:30 +0000" };
	char *exact;
	int64_t ns;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		len = strlen(cases[i]);
		exact = malloc(len ? len : 1);	/* no byte behind: a sanitizer looks */
		assert_non_null(exact);
		memcpy(exact, cases[i], len);
		ns = UNTOUCHED;
		if (text_time(exact, len, &ns) != -1 || ns != UNTOUCHED)
			fail_msg("\"%s\" was read as %lld", cases[i], (long long)ns);
		free(exact);
	}
	ns = UNTOUCHED;
	assert_int_equal(text_time(NULL, 0, &ns), -1);
	assert_int_equal(text_time("2026-01-15T08:12:30Z\0", 21, &ns), -1);
	assert_int_equal(text_time("2026-01-15\0", 11, &ns), -1);
}

/* Every cut and every change of one byte is read within its bytes, or refused. */
static void
damaged_times_are_read_within_their_bytes(void **state)
{
	static const char *const whole[] = { "2026-01-15T08:12:30.123+01:30",
	    "20260115T081230.5-0130", "2026-01-15 08:12Z" };
	char *exact;
	int64_t ns;
	size_t i, len, at;
	unsigned byte;

	(void)state;
	for (i = 0; i < sizeof whole / sizeof whole[0]; i++)
		for (len = 0; len <= strlen(whole[i]); len++) {
			exact = malloc(len ? len : 1);
			assert_non_null(exact);
			memcpy(exact, whole[i], len);
			(void)text_time(exact, len, &ns);
			for (at = 0; at < len; at++)
				for (byte = 0; byte < 256; byte++) {
					exact[at] = (char)byte;
					(void)text_time(exact, len, &ns);
					exact[at] = whole[i][at];
				}
			free(exact);
		}
}

static void
every_day_agrees_with_the_c_library(void **state)
{
	int64_t day, ns;
	char text[32], made[32];
	struct tm tm;
	time_t t;

	(void)state;
	/* 1678-06-16 .. 2261-07-18, all that text_time() takes and a bit less */
	for (day = -106480; day <= 106480; day++) {
		t = (time_t)day * 86400 + 43199;
		assert_non_null(gmtime_r(&t, &tm));
		assert_int_equal(text_days(tm.tm_year + 1900,
		    (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday), day);
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_string_equal(text_time_format((int64_t)t * SEC, made), text);
		assert_int_equal(text_time(text, strlen(text), &ns), 0);
		assert_true(ns == (int64_t)t * SEC);
	}
	assert_int_equal(text_days(1970, 1, 1), 0);
	assert_int_equal(text_days(0, 3, 1), -719468);
	assert_int_equal(text_days(-400, 3, 1), -719468 - 146097);
	assert_int_equal(text_days(9999, 12, 31), 2932896);
}

static void
formatted_times_read_back(void **state)
{
	uint64_t seed = 20260115;
	char text[32];
	int64_t ns, back;
	size_t i;

	(void)state;
	for (i = 0; i < 300000; i++) {
		ns = (int64_t)next_random(&seed) / 1000 * 997;	/* within the range */
		text_time_format(ns, text);
		assert_int_equal(text_time(text, strlen(text), &back), 0);
		/* cut to the millisecond below */
		assert_true(back <= ns && ns - back < 1000000);
		assert_true(back % 1000000 == 0);
	}
}

static void
times_are_written_with_milliseconds_where_there_are_any(void **state)
{
	static const struct { int64_t ns; const char *text; } cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1, "1970-01-01T00:00:00Z" },
		{ 999999, "1970-01-01T00:00:00Z" },
		{ 1000000, "1970-01-01T00:00:00.001Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ -SEC, "1969-12-31T23:59:59Z" },
		{ -86400 * SEC, "1969-12-31T00:00:00Z" },
		{ -86401 * SEC, "1969-12-30T23:59:59Z" },
		{ 1768464750123456789, "2026-01-15T08:12:30.123Z" },
		{ 1709251199 * SEC, "2024-02-29T23:59:59Z" },
		{ 1709251200 * SEC, "2024-03-01T00:00:00Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854Z" },
		{ INT64_MIN, "1677-09-21T00:12:43.145Z" },
	};
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_ptr_equal(text_time_format(cases[i].ns, out), out);
		assert_string_equal(out, cases[i].text);
	}
}

static void
counts_and_bytes_are_written_for_people(void **state)
{
	static const struct { uint64_t n; const char *thousands, *bytes; } cases[] = {
		{ 0, "0", "0 B" }, { 7, "7", "7 B" }, { 999, "999", "999 B" },
		{ 1000, "1,000", "1.0 kB" }, { 1049, "1,049", "1.0 kB" },
		{ 1050, "1,050", "1.1 kB" }, { 9949, "9,949", "9.9 kB" },
		{ 9950, "9,950", "10 kB" }, { 999499, "999,499", "999 kB" },
		{ 999500, "999,500", "1.0 MB" }, { 1234567, "1,234,567", "1.2 MB" },
		{ 1800000000, "1,800,000,000", "1.8 GB" },
		{ 1000000000000, "1,000,000,000,000", "1.0 TB" },
		{ 100000000000000, "100,000,000,000,000", "100 TB" },
		{ UINT64_MAX, "18,446,744,073,709,551,615", "18 EB" },
	};
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_string_equal(text_thousands(cases[i].n, out),
		    cases[i].thousands);
		assert_string_equal(text_bytes(cases[i].n, out), cases[i].bytes);
	}
}

static void
clocks_read_nanoseconds(void **state)
{
	int64_t before, now, i;
	struct timespec a, b;

	(void)state;
	before = clock_mono();
	for (i = 0; i < 10000; i++) {
		now = clock_mono();
		assert_true(now >= before);
		before = now;
	}
	/* not time(): it may be a tick behind, across the end of a second */
	clock_gettime(CLOCK_REALTIME, &a);
	now = clock_wall();
	clock_gettime(CLOCK_REALTIME, &b);
	assert_true(now >= a.tv_sec * SEC + a.tv_nsec);
	assert_true(now <= b.tv_sec * SEC + b.tv_nsec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(malformed_durations_are_refused),
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(malformed_sizes_are_refused),
		cmocka_unit_test(times_are_read_in_every_form),
		cmocka_unit_test(malformed_times_are_refused),
		cmocka_unit_test(damaged_times_are_read_within_their_bytes),
		cmocka_unit_test(every_day_agrees_with_the_c_library),
		cmocka_unit_test(formatted_times_read_back),
		cmocka_unit_test(times_are_written_with_milliseconds_where_there_are_any),
		cmocka_unit_test(counts_and_bytes_are_written_for_people),
		cmocka_unit_test(clocks_read_nanoseconds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
