// illumos' own, as far as the agent uses it. Written from its manual pages (proc(5), kstat(3KSTAT),
// uadmin(2)) and the names of its headers of 2025.
#pragma once

typedef char* caddr_t;
typedef unsigned char uchar_t;
typedef unsigned short ushort_t;
typedef unsigned uint_t;
typedef unsigned long ulong_t;
typedef long long hrtime_t;
#ifndef STUB_TIMESPEC
#define STUB_TIMESPEC
struct timespec {
  time_t tv_sec;
  long tv_nsec;
};
#endif
typedef struct timespec timestruc_t;
