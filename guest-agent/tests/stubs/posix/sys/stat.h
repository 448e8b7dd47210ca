// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <sys/types.h>

struct stat {
  dev_t st_dev;
  mode_t st_mode;
  off_t st_size;
};
#define S_ISSOCK(mode) (((mode)&1U) != 0)
#define S_ISREG(mode) (((mode)&2U) != 0)

extern "C" {
int chmod(char const*, mode_t);
int fchmod(int, mode_t);
int fstat(int, struct stat*);
int lstat(char const*, struct stat*);
int mkdir(char const*, mode_t);
int stat(char const*, struct stat*);
}  // extern "C"
