// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <sys/types.h>

#define O_RDONLY 1
#define O_WRONLY 2
#define O_RDWR 4
#define O_CREAT 8
#define O_TRUNC 16
#define O_APPEND 32
#define O_NONBLOCK 64
#define O_NOCTTY 128
#define O_CLOEXEC 256
#define O_EXCL 512
#define F_GETFL 1
#define F_SETFL 2
#define F_SETFD 3
#define F_DUPFD_CLOEXEC 4
#define FD_CLOEXEC 1

extern "C" {
int fcntl(int, int, ...);
int open(char const*, int, ...);
}  // extern "C"
