// One name for the same failure: its class and the function to blame, stable over addresses, pids,
// CPUs, times, builds.
#pragma once

#include <string>
#include <string_view>

#include "console/report.hpp"

namespace wedgehog::console {

// Reads the report's stacks and fills in head.function, head.title, type and signature.
void sign(rule const& row, classifier const& rules, report& of);

// "kasan-uaf/ext4_iget", or, without a function, the class and the title's words:
// "panic/vfs-unable-to-mount-root-fs".
[[nodiscard]] std::string signature_of(std::string_view class_word, std::string_view function,
                                       std::string_view title);

// The first report that counts for a name: the first that is a warning or worse. Null when there is
// none.
[[nodiscard]] report const* first_failure(std::vector<report> const& reports);

}  // namespace wedgehog::console
