// In place of the C++ library's own file: numbers are formatted as in C, and no more.
#pragma once

#include <clocale>
#include <cstdarg>
#include <cstdio>

namespace std {
using __c_locale = int*;
inline int __convert_from_v(__c_locale const&, char* to, int size, char const* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int const count = vsnprintf(to, static_cast<size_t>(size), format, arguments);
  va_end(arguments);
  return count;
}
}  // namespace std
