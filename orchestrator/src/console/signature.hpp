// One name for the same failure: its class and the function to blame, stable over addresses, pids,
// CPUs, times, builds. And how far the name can be trusted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "console/rules.hpp"

namespace wedgehog::console {

class classifier;
struct report;

struct failure_name {
  std::string signature;  // "kasan-uaf/ext4_iget"
  // The text that the name was read from is cut or mixed with other text: the function may be
  // another's, or be missing.
  bool corrupted = false;
  // Other signatures under which the same event may be known: after the caller of the function, in
  // the words of the panic that ended it, in another kernel's words. For a person who merges.
  std::vector<std::string> alternatives;
};

// Reads the report's stacks and fills in head.function, head.title, type and the name.
void sign(rule const& row, classifier const& rules, report& of);

// "kasan-uaf/ext4_iget", or, without a function, the class and the title's words:
// "panic/vfs-unable-to-mount-root-fs".
[[nodiscard]] std::string signature_of(std::string_view class_word, std::string_view function,
                                       std::string_view title);

// The first report that counts for a name: the first that is a warning or worse. Null when there is
// none.
[[nodiscard]] report const* first_failure(std::vector<report> const& reports);

}  // namespace wedgehog::console
