// In place of the C++ library's own file: classes of characters, as bits of our own.
#pragma once

namespace std {
struct ctype_base {
  using __to_type = int const*;
  using mask = unsigned short;
  static constexpr mask upper = 1, lower = 2, alpha = 4, digit = 8, xdigit = 16, space = 32,
                        print = 64, graph = 128, cntrl = 256, punct = 512, blank = 1024,
                        alnum = alpha | digit;
};
}  // namespace std
