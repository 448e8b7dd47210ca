// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

extern "C" {
int munmap(void*, size_t);
int mincore(void const*, size_t, char*);
}  // extern "C"
#define MINCORE_INCORE 1
