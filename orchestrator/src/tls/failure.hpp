// What OpenSSL says went wrong.
#pragma once

#include <string>

namespace wedgehog::tls {

// The reason of what failed last in this thread, and forgets it.
[[nodiscard]] std::string last_failure();

}  // namespace wedgehog::tls
