// Declarations of standard C, for a check that compiles and never links.
#pragma once

#include <stddef.h>

typedef struct {
  int quot, rem;
} div_t;
typedef struct {
  long quot, rem;
} ldiv_t;
typedef struct {
  long long quot, rem;
} lldiv_t;

extern "C" {
int abs(int);
void abort(void) noexcept __attribute__((noreturn));
int atexit(void (*)(void)) noexcept;
double atof(char const*);
int atoi(char const*);
long atol(char const*);
long long atoll(char const*);
void* bsearch(void const*, void const*, size_t, size_t, int (*)(void const*, void const*));
void* calloc(size_t, size_t);
div_t div(int, int);
void exit(int) __attribute__((noreturn));
void _Exit(int) __attribute__((noreturn));
void free(void*);
char* getenv(char const*);
long labs(long);
ldiv_t ldiv(long, long);
long long llabs(long long);
lldiv_t lldiv(long long, long long);
void* malloc(size_t);
int mblen(char const*, size_t);
size_t mbstowcs(wchar_t*, char const*, size_t);
int mbtowc(wchar_t*, char const*, size_t);
void qsort(void*, size_t, size_t, int (*)(void const*, void const*));
int rand(void);
void* realloc(void*, size_t);
void srand(unsigned);
double strtod(char const*, char**);
float strtof(char const*, char**);
long strtol(char const*, char**, int);
long double strtold(char const*, char**);
long long strtoll(char const*, char**, int);
unsigned long strtoul(char const*, char**, int);
unsigned long long strtoull(char const*, char**, int);
int system(char const*);
size_t wcstombs(char*, wchar_t const*, size_t);
int wctomb(char*, wchar_t);
// POSIX, and what both systems have beside it.
int getloadavg(double[], int);
int mkstemp(char*);
int putenv(char*);
int setenv(char const*, char const*, int);
}  // extern "C"
