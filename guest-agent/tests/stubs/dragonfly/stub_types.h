// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

typedef int lwpid_t;
typedef unsigned u_int;
typedef long segsz_t;
