/*
 * Where time comes from. See clock.h.
 */
#include <time.h>

#include "base/clock.h"

static int64_t
clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int64_t
clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t
clock_mono(void)
{
	return clock_read(CLOCK_MONOTONIC);
}
