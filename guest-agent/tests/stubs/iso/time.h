// Declarations of standard C, for a check that compiles and never links.
#pragma once

#include <stddef.h>
#include <sys/types.h>

typedef long clock_t;
struct tm {
  int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
};
#ifndef STUB_TIMESPEC
#define STUB_TIMESPEC
struct timespec {
  time_t tv_sec;
  long tv_nsec;
};
#endif
#define CLOCK_REALTIME 1
#define CLOCK_MONOTONIC 2

extern "C" {
char* asctime(struct tm const*);
clock_t clock(void);
char* ctime(time_t const*);
double difftime(time_t, time_t);
struct tm* gmtime(time_t const*);
struct tm* localtime(time_t const*);
time_t mktime(struct tm*);
size_t strftime(char*, size_t, char const*, struct tm const*);
time_t time(time_t*);
// POSIX: what both systems have. DragonFly lacks clock_nanosleep and timer_create.
int clock_gettime(clockid_t, struct timespec*);
int clock_settime(clockid_t, struct timespec const*);
int nanosleep(struct timespec const*, struct timespec*);
}  // extern "C"
