/*
 * The field scanner's inner loops for every x86-64 (SSE2 is its baseline).
 */
#ifdef __SSE2__
#define KERNEL scan_kernel_sse2
#define KERNEL_SSE2 1
#include "parse/scan_kernel.h"
#else
typedef int scan_sse2_is_not_built;	/* ISO C wants something here */
#endif
