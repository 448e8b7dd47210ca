// How busy the host is, as its kernel says.
#pragma once

#include <optional>

namespace wedgehog::collectors {

// PSI "some avg10" of /proc/pressure/cpu as a share of 1; nothing where the kernel has no PSI.
[[nodiscard]] std::optional<double> host_cpu_pressure();
[[nodiscard]] double host_load();

}  // namespace wedgehog::collectors
