// The one way to print. Nothing here throws: a terminal that was closed, a pipe whose reader has
// gone, a full disk must not end a run. What standard output could not take is remembered, and
// makes the command fail in the end.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace wedgehog::cli {

// To standard output: what was asked for.
void print_text(std::string_view text);
// To standard error: progress, complaints. Nobody learns when it cannot be written.
void tell_text(std::string_view text);

template <class... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  print_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <class... Arguments>
void tell(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  tell_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

// What was printed is on its way when this returns. The errno of the first text that standard
// output could not take; 0: it took all.
int flush_output();

}  // namespace wedgehog::cli
