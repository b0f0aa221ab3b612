/*
 * Durations, sizes and times as people and logs write them. See text.h.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Days before March based months; the algorithm is Howard Hinnant's. */
int64_t
text_days(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

int
text_duration(const char *s, int64_t *ns)
{
	static const struct { const char *unit; int64_t ns; } units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 },
		{ "s", NS_PER_SEC }, { "m", 60 * NS_PER_SEC },
		{ "min", 60 * NS_PER_SEC }, { "h", 3600 * NS_PER_SEC },
		{ "d", 86400 * NS_PER_SEC }, { "w", 7 * 86400 * NS_PER_SEC },
	};
	int64_t total = 0, part;
	unsigned long long n;
	char *end;
	size_t i, len;

	if (strcmp(s, "0") == 0) {
		*ns = 0;
		return 0;
	}
	if (*s == '\0')
		return -1;
	while (*s != '\0') {		/* 1h30m is several parts */
		if (!isdigit((unsigned char)*s))
			return -1;
		errno = 0;
		n = strtoull(s, &end, 10);
		if (errno || n > INT64_MAX)
			return -1;
		while (*end == ' ')
			end++;
		len = strspn(end, "nusmhdwi");
		for (i = 0; i < sizeof units / sizeof units[0]; i++)
			if (strlen(units[i].unit) == len &&
			    strncmp(units[i].unit, end, len) == 0)
				break;
		if (i == sizeof units / sizeof units[0])
			return -1;
		if (__builtin_mul_overflow((int64_t)n, units[i].ns, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return -1;
		s = end + len;
		while (*s == ' ')
			s++;
	}
	*ns = total;
	return 0;
}

int
text_size(const char *s, uint64_t *bytes)
{
	static const struct { const char *unit; uint64_t n; } units[] = {
		{ "", 1 }, { "B", 1 },
		{ "KiB", 1ULL << 10 }, { "MiB", 1ULL << 20 },
		{ "GiB", 1ULL << 30 }, { "TiB", 1ULL << 40 },
		{ "K", 1ULL << 10 }, { "M", 1ULL << 20 }, { "G", 1ULL << 30 },
		{ "T", 1ULL << 40 }, { "kB", 1000 }, { "KB", 1000 }, { "MB", 1000000 },
		{ "GB", 1000000000 }, { "TB", 1000000000000 },
	};
	unsigned long long n;
	uint64_t v;
	char *end;
	size_t i;

	if (!isdigit((unsigned char)*s))
		return -1;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno)
		return -1;
	while (*end == ' ')
		end++;
	for (i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(units[i].unit, end) == 0)
			break;
	if (i == sizeof units / sizeof units[0] ||
	    __builtin_mul_overflow((uint64_t)n, units[i].n, &v))
		return -1;
	*bytes = v;
	return 0;
}

/* Exactly n digits at s (which has room for them) or -1. */
static int
digits(const char *s, unsigned n)
{
	int v = 0;

	while (n--) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s++ - '0');
	}
	return v;
}

/* "Z", "+hh:mm", "-hhmm", "+hh" or nothing: seconds east of UTC. 0 or -1. */
static int
zone(const char *s, const char *end, int *east)
{
	int h, m = 0, sign, colon;

	*east = 0;
	if (s == end)
		return 0;
	if ((*s == 'Z' || *s == 'z') && s + 1 == end)
		return 0;
	if (*s != '+' && *s != '-')
		return -1;
	sign = *s++ == '-' ? -1 : 1;
	if (end - s < 2 || (h = digits(s, 2)) < 0 || h > 23)
		return -1;
	s += 2;
	colon = s < end && *s == ':';
	s += colon;
	if (s < end || colon) {
		if (end - s != 2 || (m = digits(s, 2)) < 0 || m > 59)
			return -1;
	}
	*east = sign * (h * 3600 + m * 60);
	return 0;
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
		return 29;
	return days[month - 1];
}

int
text_time(const char *s, size_t len, int64_t *ns)
{
	const char *end;
	int y, mo, d, h = 0, mi = 0, sec = 0, east = 0, dash;
	int64_t frac = 0, unit = NS_PER_SEC / 10, total;

	if (len < 8 || len > 40 || (y = digits(s, 4)) < 0)
		return -1;
	end = s + len;
	s += 4;
	dash = *s == '-';
	if (dash && len < 10)
		return -1;
	s += dash;
	if ((mo = digits(s, 2)) < 1 || mo > 12)
		return -1;
	s += 2;
	if (dash && *s++ != '-')
		return -1;
	if ((d = digits(s, 2)) < 1 || d > days_in(y, mo))
		return -1;
	s += 2;
	if (s < end) {
		if (*s != 'T' && *s != 't' && *s != ' ')
			return -1;
		s++;
		if (end - s < (dash ? 5 : 4) || (h = digits(s, 2)) < 0 || h > 23)
			return -1;
		s += 2;
		if (dash && *s++ != ':')
			return -1;
		if (end - s < 2 || (mi = digits(s, 2)) < 0 || mi > 59)
			return -1;
		s += 2;
		if (s < end && (dash ? *s == ':' : (*s >= '0' && *s <= '9'))) {
			s += dash;
			if (end - s < 2 || (sec = digits(s, 2)) < 0 || sec > 60)
				return -1;
			s += 2;
			if (s < end && (*s == '.' || *s == ',')) {
				s++;
				if (s == end || *s < '0' || *s > '9')
					return -1;
				for (; s < end && *s >= '0' && *s <= '9'; s++) {
					frac += unit * (*s - '0');
					unit /= 10;
				}
			}
		}
		if (zone(s, end, &east) == -1)
			return -1;
	}
	total = text_days(y, (unsigned)mo, (unsigned)d) * 86400 + h * 3600 +
	    mi * 60 + sec - east;
	/* 1678 .. 2262 is what nanoseconds in 64 bits can hold */
	if (total < -9200000000LL || total > 9200000000LL)
		return -1;
	*ns = total * NS_PER_SEC + frac;
	return 0;
}

/* n digits of v and a character behind them; returns what comes next. */
static char *
put(char *out, unsigned v, unsigned n, char behind)
{
	char *p = out + n;

	*p = behind;
	while (p > out) {
		*--p = (char)('0' + v % 10);
		v /= 10;
	}
	return out + n + 1;
}

char *
text_time_format(int64_t ns, char out[32])
{
	int64_t sec = ns / NS_PER_SEC, rest = ns % NS_PER_SEC, days, z, era, y;
	unsigned doe, yoe, doy, mp, d, m, tod;
	char *p;

	if (rest < 0) {
		rest += NS_PER_SEC;
		sec--;
	}
	days = sec / 86400;
	tod = (unsigned)(sec % 86400 + (sec % 86400 < 0 ? 86400 : 0));
	if (sec % 86400 < 0)
		days--;
	z = days + 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = (unsigned)(z - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	y = (int64_t)yoe + era * 400;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d = doy - (153 * mp + 2) / 5 + 1;
	m = mp < 10 ? mp + 3 : mp - 9;
	if (m <= 2)
		y++;
	/* by hand: snprintf() took a third of the time of an alert's line */
	p = put(put(put(out, (unsigned)y, 4, '-'), m, 2, '-'), d, 2, 'T');
	p = put(put(put(p, tod / 3600, 2, ':'), tod / 60 % 60, 2, ':'), tod % 60, 2,
	    '.');
	if (rest / 1000000 != 0)
		p = put(p, (unsigned)(rest / 1000000), 3, 'Z');
	p[-1] = 'Z';
	*p = '\0';
	return out;
}

char *
text_thousands(uint64_t n, char out[32])
{
	char raw[24];
	size_t len, i, o = 0;

	len = (size_t)snprintf(raw, sizeof raw, "%" PRIu64, n);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[o++] = ',';
		out[o++] = raw[i];
	}
	out[o] = '\0';
	return out;
}

char *
text_bytes(uint64_t n, char out[16])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double v = (double)n;
	unsigned u = 0;

	while (v >= 999.5 && u < 6) {
		v /= 1000;
		u++;
	}
	if (u == 0)
		snprintf(out, 16, "%u B", (unsigned)n);
	else
		snprintf(out, 16, "%.*f %s", v < 9.95 ? 1 : 0, v, units[u]);
	return out;
}
