// illumos' own, as far as the agent uses it. Written from its manual pages (proc(5), kstat(3KSTAT),
// uadmin(2)) and the names of its headers of 2025.
#pragma once

// reboot() is not there: uadmin(2).
extern "C" int sethostname(char*, int);
