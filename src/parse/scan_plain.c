/*
 * The field scanner's inner loops in portable C.
 */
#define KERNEL scan_kernel_plain
#include "parse/scan_kernel.h"
