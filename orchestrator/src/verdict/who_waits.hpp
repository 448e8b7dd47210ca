// Who waits for what, once a workload stands still: which task leads to the requests that are
// outstanding, which waits for something of its own, and which goes on by small steps. What is old
// decides nothing; who waits for it does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/view/view.hpp"

namespace wedgehog::verdict {

// A task of which something is said.
struct named_task {
  std::int64_t pid = 0;
  std::string name;
  std::string where;    // the frame or channel that says most
  double lasted_s = 0;  // so long it has not run; of one that moves: since it was last let go
  bool proved = false;  // an observer told that it is the workload's; else order in time says so
  std::uint64_t moves = 0;
};

struct who_waits {
  // Stuck on its way to storage, or asleep until asynchronous I/O is done: the first of the
  // workload's own; without one known, whoever blocked when the workload stopped.
  std::optional<named_task> leads_to_storage;
  // Of the workload's own, stuck behind a lock: whoever holds it decides.
  std::optional<named_task> behind_lock;
  // Stuck, and neither storage nor a lock is what it waits for.
  std::optional<named_task> waits_for_else;
  // Blocked again and again since the workload stopped, and let go on each time.
  std::optional<named_task> moves;
  // Stuck on its way to storage, but no task of the workload's.
  std::optional<named_task> bystander;
  // An observer told which tasks are the workload's.
  bool own_known = false;

  // The workload is known not to wait for storage.
  [[nodiscard]] bool storage_is_not_it() const {
    return waits_for_else || (own_known && !leads_to_storage && !behind_lock);
  }
};

[[nodiscard]] who_waits who_waits_for_what(view const& seen);

// "'dd' waits in folio_wait_bit_common for 31 s".
[[nodiscard]] std::string in_words(named_task const& one);

}  // namespace wedgehog::verdict
