// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's. illumos has no d_type.
#pragma once

#include <sys/types.h>

typedef struct stub_directory DIR;
struct dirent {
  ino_t d_ino;
  char d_name[1];
};

extern "C" {
int closedir(DIR*);
DIR* opendir(char const*);
struct dirent* readdir(DIR*);
}  // extern "C"
