#include "base/ensure.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace wedgehog {

void ensure_failed(std::string_view why, boost::source_location where) {
  std::fprintf(stderr, "wedgehog: a bug in wedgehog itself: %.*s (%s:%u)\n",
               static_cast<int>(why.size()), why.data(), where.file_name(), where.line());
  std::abort();
}

}  // namespace wedgehog
