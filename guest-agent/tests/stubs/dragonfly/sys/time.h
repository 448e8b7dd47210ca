// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

#include <sys/types.h>

struct timeval {
  time_t tv_sec;
  suseconds_t tv_usec;
};
