#include <algorithm>

#include "faults/fault.hpp"

namespace wedgehog::faults {

std::vector<fault_kind> const& catalogue() {
  using machine = vm::ability;
  using guest = guest::ability;
  static std::vector<fault_kind> const kinds{
      {"latency", "requests answered late", {}, make_disk_fault},
      {"rate", "requests that had to wait", {}, make_disk_fault},
      {"hold", "requests held", {}, make_disk_fault},
      {"error", "requests failed", {}, make_disk_fault},
      {"disconnect", "connections dropped", {}, make_disk_fault},
      {"lying-flush", "flushes and FUA writes not flushed", {}, make_disk_fault},
      {"lost-write", "writes lost", {}, make_disk_fault},
      {"torn-write", "writes torn", {}, make_disk_fault},
      {"misdirected-write", "writes that went elsewhere", {}, make_disk_fault},
      {"bit-flip", "requests with flipped bits", {}, make_disk_fault},
      {"stale-read", "reads with old data", {}, make_disk_fault},
      {"hog", "MiB that it really held at most", {{}, {guest::memory_hog}}, make_hog},
      {"balloon",
       "MiB taken from the guest",
       {{machine::monitor, machine::balloon}, {guest::balloon}},
       make_balloon},
      {"pause", "1 when it stopped", {{machine::monitor}, {}}, make_pause},
      {"nmi", "1 when it was sent", {{machine::monitor}, {}}, make_nmi},
      {"reset", "1 when QEMU reset the machine", {{machine::monitor}, {}}, make_reset},
      {"power-button",
       "1 when the guest powered itself off",
       {{machine::monitor}, {guest::power_button}},
       make_power_button},
      {"cpu-duty",
       "stops that met a running processor",
       {{machine::host_process, machine::stop_by_signal}, {}},
       make_cpu_duty},
      {"cpu-quota",
       "periods in which QEMU was out of time",
       {{machine::host_process, machine::process_group}, {}},
       make_cpu_quota},
      {"sigstop",
       "1 when it stopped",
       {{machine::host_process, machine::stop_by_signal}, {}},
       make_sigstop},
      {"cpu-offline",
       "1 when the guest turned it off",
       {{}, {guest::processor_offline}},
       make_cpu_offline},
      {"link",
       "1 when a guest with a driver lost it",
       {{machine::monitor, machine::network_card}, {guest::network_card}},
       make_link_down},
      {"unplug",
       "1 when the guest let go",
       {{machine::monitor, machine::hotplug}, {guest::hotplug}},
       make_unplug},
      {"resize",
       "1 when the guest was told",
       {{machine::monitor}, {guest::disk_growth}},
       make_resize},
      {"clock-step", "1 when the clock showed it", {{}, {guest::clock_step}}, make_clock_step},
  };
  return kinds;
}

fault_kind const* find_kind(std::string_view name) {
  auto const& all = catalogue();
  auto const found =
      std::find_if(all.begin(), all.end(), [&](auto const& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace wedgehog::faults
