// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

struct utsname {
  char sysname[32], nodename[32], release[32], version[32], machine[32];
};

extern "C" {
int uname(struct utsname*);
}  // extern "C"
