// Declarations of standard C, for a check that compiles and never links.
#pragma once

struct lconv {
  char* decimal_point;
};
#define LC_ALL 0

extern "C" {
struct lconv* localeconv(void);
char* setlocale(int, char const*);
}  // extern "C"
