// One console line to one word, for Linux's plain cases: what the judge needs where nobody
// classified the line before. Words: boot panic oops hung-task soft-lockup hard-lockup rcu-stall
// oom io-error segfault warning, or "".
#pragma once

#include <string_view>

namespace wedgehog::verdict {

[[nodiscard]] std::string_view classify_line(std::string_view line);

}  // namespace wedgehog::verdict
