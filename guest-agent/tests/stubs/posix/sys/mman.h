// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

#include <sys/types.h>

#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_ANON 4
#define MAP_FAILED (reinterpret_cast<void*>(-1))
#define MCL_CURRENT 1
#define MCL_FUTURE 2
#include <stub_mman.h>

extern "C" {
int mlock(void const*, size_t);
int mlockall(int);
void* mmap(void*, size_t, int, int, int, off_t);
int munlock(void const*, size_t);
}  // extern "C"
