// Declarations of standard C, for a check that compiles and never links.
#pragma once

#include <stddef.h>

typedef struct {
  int state;
} mbstate_t;
