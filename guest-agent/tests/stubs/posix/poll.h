// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

typedef unsigned nfds_t;
struct pollfd {
  int fd;
  short events, revents;
};
#define POLLIN 1
#define POLLOUT 2

extern "C" {
int poll(struct pollfd*, nfds_t, int);
}  // extern "C"
