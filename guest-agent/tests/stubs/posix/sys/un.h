// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <sys/socket.h>

struct sockaddr_un {
  sa_family_t sun_family;
  char sun_path[104];
};
