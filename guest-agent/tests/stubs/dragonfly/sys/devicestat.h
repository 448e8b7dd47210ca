// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

#include <sys/types.h>

struct devstat {
  char device_name[16];
  int unit_number;
  uint64_t num_reads, num_writes, num_frees, num_other;
  int32_t busy_count;
};
