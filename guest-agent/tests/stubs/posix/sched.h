// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

struct sched_param {
  int sched_priority;
};
#define SCHED_OTHER 0
#define SCHED_FIFO 1

extern "C" {
int sched_get_priority_max(int);
int sched_yield(void);
}  // extern "C"
