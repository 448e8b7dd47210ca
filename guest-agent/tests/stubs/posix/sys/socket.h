// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <sys/types.h>

typedef unsigned socklen_t;
typedef unsigned short sa_family_t;
struct sockaddr {
  sa_family_t sa_family;
  char sa_data[14];
};
#define AF_UNIX 1
#define SOCK_STREAM 1

extern "C" {
int accept(int, struct sockaddr*, socklen_t*);
int bind(int, struct sockaddr const*, socklen_t);
int connect(int, struct sockaddr const*, socklen_t);
int listen(int, int);
int socket(int, int, int);
}  // extern "C"
