// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <sys/types.h>

typedef struct {
  unsigned bits[4];
} sigset_t;
struct sigaction {
  void (*sa_handler)(int);
  sigset_t sa_mask;
  int sa_flags;
};
#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)
#define SIG_SETMASK 1
#define SA_RESTART 1
#define SIGHUP 1
#define SIGINT 2
#define SIGKILL 3
#define SIGPIPE 4
#define SIGTERM 5
#define SIGCHLD 6
#define SIGCONT 7
#define NSIG 65

extern "C" {
int kill(pid_t, int);
int sigaction(int, struct sigaction const*, struct sigaction*);
int sigemptyset(sigset_t*);
void (*signal(int, void (*)(int)))(int);
int sigprocmask(int, sigset_t const*, sigset_t*);
}  // extern "C"
