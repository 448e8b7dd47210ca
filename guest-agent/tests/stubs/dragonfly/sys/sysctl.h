// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

#include <sys/types.h>

#define CTL_KERN 1
#define KERN_PROC 2
#define KERN_PROC_ALL 0
#define KERN_PROC_PATHNAME 9
#define KERN_PROC_FLAG_LWP 16

extern "C" {
int sysctl(int const*, u_int, void*, size_t*, void const*, size_t);
int sysctlbyname(char const*, void*, size_t*, void const*, size_t);
}  // extern "C"
