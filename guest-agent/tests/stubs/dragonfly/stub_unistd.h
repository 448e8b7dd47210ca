// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

extern "C" {
lwpid_t lwp_gettid(void);
int reboot(int);
int sethostname(char const*, int);
}  // extern "C"
