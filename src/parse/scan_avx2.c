/*
 * The field scanner's inner loops for CPUs with AVX2; scan.c asks the CPU.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#if defined(HAVE_AVX2) && defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,pclmul"))), \
    apply_to = function)
#else
#pragma GCC target("avx2,bmi,pclmul")
#endif
#define KERNEL scan_kernel_avx2
#define KERNEL_AVX2 1
#include "parse/scan_kernel.h"
#ifdef __clang__
#pragma clang attribute pop
#endif
#else
typedef int scan_avx2_is_not_built;	/* ISO C wants something here */
#endif
