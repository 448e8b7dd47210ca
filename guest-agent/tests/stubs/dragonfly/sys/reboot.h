// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

#define RB_AUTOBOOT 0
#define RB_HALT 8
#define RB_POWEROFF 0x4000
