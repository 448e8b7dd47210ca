// What faults do to a disk's requests, as far as QEMU must be told before it starts: whether it
// hands a failed request to the guest, or stops the machine and keeps the request.
#pragma once

#include "plan/plan.hpp"

namespace wedgehog::plan {

// A command of QEMU's that waits for all disks may take so long; who waits longer is detained.
inline constexpr microseconds longest_drain = std::chrono::seconds(5);

// Reads, and everything else: QEMU has a policy for each.
struct request_kinds {
  bool reads = false;
  bool others = false;
  bool operator==(request_kinds const&) const = default;
};

// Which requests of `where` QEMU may see failing because of this fault.
[[nodiscard]] request_kinds may_fail(inject const& fault, disk const& where);
// Which requests may wait for longer than `longest_drain` because of it.
[[nodiscard]] request_kinds may_detain(inject const& fault);

// What the disk's policies are best where the recipe does not say. `stop`: requests may be detained
// and do not fail, so that QEMU can be made to keep them while something drains its disks. Else
// `report`: the errors are meant for the guest.
struct error_policies {
  error_policy reads = error_policy::report;
  error_policy writes = error_policy::report;
};
[[nodiscard]] error_policies best_policies(plan const& what, disk const& of);

// Why an error that this fault causes would never reach the guest; empty: it would, or there is
// none.
[[nodiscard]] std::string why_errors_stop(inject const& fault, disk const& where);

}  // namespace wedgehog::plan
