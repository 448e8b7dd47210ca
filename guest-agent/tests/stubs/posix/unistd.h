// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define R_OK 1
#define W_OK 2
#define X_OK 3
#define _SC_PAGESIZE 1
#define _SC_NPROCESSORS_ONLN 2
#define _SC_PHYS_PAGES 3
#define _POSIX_THREAD_PRIO_INHERIT 1
#include <stub_unistd.h>

extern "C" {
int access(char const*, int);
int chdir(char const*);
int close(int);
int dup2(int, int);
int execl(char const*, char const*, ...);
void _exit(int) __attribute__((noreturn));
pid_t fork(void);
int fsync(int);
int ftruncate(int, off_t);
pid_t getpid(void);
pid_t getppid(void);
int isatty(int);
off_t lseek(int, off_t, int);
int pipe(int[2]);
ssize_t pread(int, void*, size_t, off_t);
ssize_t pwrite(int, void const*, size_t, off_t);
ssize_t read(int, void*, size_t);
ssize_t readlink(char const*, char*, size_t);
int setpgid(pid_t, pid_t);
pid_t setsid(void);
void sync(void);
long sysconf(int);
int unlink(char const*);
ssize_t write(int, void const*, size_t);
}  // extern "C"
