// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <stddef.h>

typedef struct {
  size_t gl_pathc;
  char** gl_pathv;
  size_t gl_offs;
} glob_t;
#define GLOB_MARK 1
#define GLOB_NOMATCH 2

extern "C" {
int glob(char const*, int, int (*)(char const*, int), glob_t*);
void globfree(glob_t*);
}  // extern "C"
