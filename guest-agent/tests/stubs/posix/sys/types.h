// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef long ssize_t;
typedef int pid_t;
typedef unsigned uid_t;
typedef unsigned gid_t;
typedef unsigned mode_t;
typedef long off_t;
typedef long time_t;
typedef long suseconds_t;
typedef unsigned long dev_t;
typedef unsigned long ino_t;
typedef unsigned nlink_t;
typedef int id_t;
typedef int clockid_t;
typedef struct stub_thread* pthread_t;
typedef struct {
  void* inner;
} pthread_attr_t, pthread_mutex_t, pthread_mutexattr_t, pthread_cond_t, pthread_condattr_t,
    pthread_once_t;
typedef unsigned pthread_key_t;
#include <stub_types.h>
