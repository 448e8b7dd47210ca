// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

#include <sys/types.h>

struct rtprio {
  unsigned short type;
  unsigned short prio;
};
#define RTP_SET 1
#define RTP_PRIO_NORMAL 1
#define RTP_PRIO_FIFO 4
#define RTP_PRIO_MIN 0

extern "C" {
int rtprio(int, pid_t, struct rtprio*);
int lwp_rtprio(int, pid_t, lwpid_t, struct rtprio*);
}  // extern "C"
