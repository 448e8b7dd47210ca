// What goes wrong in one simulated life beside what its plan asks for: in the guest, in QEMU, on
// the host. Drawn from the life's seed; on many days nothing does.
#pragma once

#include <optional>
#include <string>

#include "tests/simulation/guest.hpp"
#include "vm/simulated/machine.hpp"

namespace wedgehog::simulation {

struct bad_day {
  loop::duration boot = std::chrono::seconds(2);
  guest_trouble guest{};

  // QEMU
  std::string refuses_to_start{};
  std::optional<loop::duration> dies_after{};
  loop::exit_status dies_with{};
  simulated::manners manners{};    // of one answer …
  loop::duration manners_after{};  // … the first after so long
  bool manners_stay = false;       // … and of all that follow

  // The host
  std::optional<loop::duration> starves_after{};
  std::optional<loop::duration> stops_us_after{};  // the performer, as by SIGSTOP …
  loop::duration stopped_for{};                    // … for so long
  std::optional<loop::duration> user_stops_after{};

  [[nodiscard]] bool good() const;
};

[[nodiscard]] bad_day draw_bad_day(std::uint64_t seed);
// For a person: "QEMU dies after 12.3 s with signal 11".
[[nodiscard]] std::string describe(bad_day const& what);

}  // namespace wedgehog::simulation
