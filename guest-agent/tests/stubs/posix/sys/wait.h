// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <sys/types.h>

#define WNOHANG 1
#define WUNTRACED 2
#define WCONTINUED 4
#define WIFEXITED(status) (((status)&1) != 0)
#define WEXITSTATUS(status) ((status) >> 8)
#define WIFSIGNALED(status) (((status)&2) != 0)
#define WTERMSIG(status) ((status) >> 8)
#define WIFSTOPPED(status) (((status)&4) != 0)
#define WIFCONTINUED(status) (((status)&8) != 0)

extern "C" {
pid_t waitpid(pid_t, int*, int);
}  // extern "C"
