/*
 * Time is an argument everywhere; these two are where it comes from.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t	 clock_wall(void);	/* nanoseconds since 1970, may step */
int64_t	 clock_mono(void);	/* nanoseconds, never steps back: for timers */

#endif
