/*
 * Parts of a time. See moment.h.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "detect/moment.h"
#include "model/value.h"

const char *const moment_names[MOMENT_PARTS + 1] = { "minute", "hour", "day",
	"week", "month", "year", NULL };

struct moment {
	int	year, month, day, hour, minute;
};

static int
digits(const char *p, int n)
{
	int v = 0;

	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		v = v * 10 + *p - '0';
	}
	return v;
}

static int
month_days(int year, int month)
{
	static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31 };

	if (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
		return 29;
	return days[month - 1];
}

static int
is_valid(const struct moment *m)
{
	return m->year >= 1 && m->month >= 1 && m->month <= 12 && m->day >= 1 &&
	    m->day <= month_days(m->year, m->month) && m->hour >= 0 &&
	    m->hour <= 23 && m->minute >= 0 && m->minute <= 59;
}

static int
read_iso(const char *p, size_t len, struct moment *m)
{
	if (len < 16 || p[4] != '-' || p[7] != '-' || (p[10] != 'T' &&
	    p[10] != ' ') || p[13] != ':')
		return -1;
	m->year = digits(p, 4);
	m->month = digits(p + 5, 2);
	m->day = digits(p + 8, 2);
	m->hour = digits(p + 11, 2);
	m->minute = digits(p + 14, 2);
	return is_valid(m) ? 0 : -1;
}

static int
read_access(const char *p, size_t len, struct moment *m)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int i;

	if (len > 0 && *p == '[') {
		p++;
		len--;
	}
	if (len < 17 || p[2] != '/' || p[6] != '/' || p[11] != ':' ||
	    p[14] != ':')
		return -1;
	m->month = 0;
	for (i = 0; i < 12; i++)
		if (memcmp(p + 3, months + 3 * i, 3) == 0)
			m->month = i + 1;
	m->day = digits(p, 2);
	m->year = digits(p + 7, 4);
	m->hour = digits(p + 12, 2);
	m->minute = digits(p + 15, 2);
	return is_valid(m) ? 0 : -1;
}

static int
read_epoch(const char *p, size_t len, struct moment *m)
{
	struct value v = { .text = p, .len = (uint32_t)len, .type = VALUE_STRING };
	double n;
	int64_t s, day;

	if (len > 64 || value_number(&v, &n) == -1)
		return -1;
	if (n > 1e11)
		n /= 1000;
	if (!(n >= -62135596800.0 && n < 253402300800.0))	/* years 1 .. 9999 */
		return -1;
	s = (int64_t)floor(n);
	day = s / 86400 - (s % 86400 < 0);
	s -= day * 86400;
	m->hour = (int)(s / 3600);
	m->minute = (int)(s / 60 % 60);
	m->year = 1970 + (int)(day / 366);	/* at or before the right one */
	while (text_days(m->year, 1, 1) > day)
		m->year--;
	while (text_days(m->year + 1, 1, 1) <= day)
		m->year++;
	for (m->month = 12; text_days(m->year, (unsigned)m->month, 1) > day;)
		m->month--;
	m->day = (int)(day - text_days(m->year, (unsigned)m->month, 1)) + 1;
	return 0;
}

/* ISO weeks start on Monday; week 1 is the one with the year's first Thursday. */
static int
week_of(const struct moment *m)
{
	int64_t day = text_days(m->year, (unsigned)m->month, (unsigned)m->day);
	int64_t thursday, first;
	int weekday = (int)(((day + 3) % 7 + 7) % 7);	/* Monday 0 */
	int year = m->year;

	thursday = day - weekday + 3;
	if (thursday < text_days(year, 1, 1))
		year--;
	else if (thursday >= text_days(year + 1, 1, 1))
		year++;
	first = text_days(year, 1, 1);
	return (int)((thursday - first) / 7) + 1;
}

int
moment_part(const char *text, size_t len, enum moment_part part, int *out)
{
	struct moment m;

	if (read_iso(text, len, &m) == -1 && read_access(text, len, &m) == -1 &&
	    read_epoch(text, len, &m) == -1)
		return -1;
	switch (part) {
	case MOMENT_MINUTE:
		*out = m.minute;
		return 0;
	case MOMENT_HOUR:
		*out = m.hour;
		return 0;
	case MOMENT_DAY:
		*out = m.day;
		return 0;
	case MOMENT_WEEK:
		*out = week_of(&m);
		return 0;
	case MOMENT_MONTH:
		*out = m.month;
		return 0;
	case MOMENT_YEAR:
		*out = m.year;
		return 0;
	}
	return -1;
}
