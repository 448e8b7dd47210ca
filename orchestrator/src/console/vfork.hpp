// Where Linux lets a parent wait until the child of its vfork or posix_spawn has called exec or
// ended: what holds the child holds them both.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace wedgehog::console {

// Of the innermost function, but for the scheduler's. kernel/fork.c: wait_for_vfork_done is inlined
// into kernel_clone (before 5.10 _do_fork, before 4.2 do_fork), whose other waits are below
// copy_process.
[[nodiscard]] inline bool waits_for_vfork(std::string_view function) {
  constexpr std::string_view places[] = {"wait_for_vfork_done", "kernel_clone", "_do_fork",
                                         "do_fork"};
  return std::find(std::begin(places), std::end(places), function) != std::end(places);
}

}  // namespace wedgehog::console
