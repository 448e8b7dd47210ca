// illumos' own, as far as the agent uses it. Written from its manual pages (proc(5), kstat(3KSTAT),
// uadmin(2)) and the names of its headers of 2025.
#pragma once

#include <sys/types.h>

#define A_REBOOT 1
#define A_SHUTDOWN 2
#define AD_BOOT 1
#define AD_POWEROFF 6

extern "C" {
int uadmin(int, int, uintptr_t);
}  // extern "C"
