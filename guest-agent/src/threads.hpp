// Threads and locks for a process that stays alive when little else does: small fixed stacks (all
// of our memory is locked), and locks that lend the waiter's priority to the holder, so that a
// starved ordinary thread cannot hold up the real-time beat.
#pragma once

#include <pthread.h>
#include <unistd.h>

namespace wedgehog::guest {

class mutex {
 public:
  mutex() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
#if defined(_POSIX_THREAD_PRIO_INHERIT) && _POSIX_THREAD_PRIO_INHERIT > 0
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
#endif
    if (pthread_mutex_init(&native_, &attributes) != 0) pthread_mutex_init(&native_, nullptr);
    pthread_mutexattr_destroy(&attributes);
  }
  ~mutex() {
    pthread_mutex_destroy(&native_);
  }
  mutex(mutex const&) = delete;
  mutex& operator=(mutex const&) = delete;
  void lock() {
    pthread_mutex_lock(&native_);
  }
  void unlock() {
    pthread_mutex_unlock(&native_);
  }
  pthread_mutex_t* native() {
    return &native_;
  }

 private:
  pthread_mutex_t native_;
};

// Runs body(argument) for ever on a thread of its own; returns 0 or an errno value.
inline int start_thread(void* (*body)(void*), void* argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int const outcome = pthread_create(&thread, &attributes, body, argument);
  pthread_attr_destroy(&attributes);
  return outcome;
}

}  // namespace wedgehog::guest
