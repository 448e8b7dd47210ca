#include "guest/abilities.hpp"

#include <algorithm>
#include <array>

#include "base/ensure.hpp"

namespace wedgehog::guest {
namespace {

struct row {
  ability what;
  std::string_view word;
  std::string_view meaning;
};

constexpr std::array rows{
    row{ability::kernel_arguments, "kernel-arguments", "its kernel takes arguments from the host"},
    row{ability::sysctls, "sysctls", "settings of its kernel can be given at boot"},
    row{ability::kernel_modules, "kernel-modules", "modules to load can be named at boot"},
    row{ability::console_keys, "console-keys", "its kernel answers a break and a key"},
    row{ability::io_probe, "io-probe", "it has a command that reads past all caches"},
    row{ability::balloon, "balloon", "it has a driver for the memory balloon"},
    row{ability::network_card, "network-card", "it has a driver for the network card"},
    row{ability::power_button, "power-button", "it ends in order when the button is pressed"},
    row{ability::hotplug, "hotplug", "it lets go of a disk, and takes another"},
    row{ability::disk_growth, "disk-growth", "it notices that a disk has grown"},
    row{ability::processor_offline, "processor-offline", "it can take a processor out by itself"},
    row{ability::clock_step, "clock-step", "its agent can step the clock"},
    row{ability::memory_hog, "memory-hog", "its agent can take memory"},
};

row const& row_of(ability what) {
  auto const found =
      std::find_if(rows.begin(), rows.end(), [what](row const& one) { return one.what == what; });
  ensure(found != rows.end(), "every ability has a word");
  return *found;
}

}  // namespace

std::string_view word_of(ability what) {
  return row_of(what).word;
}

std::string_view meaning_of(ability what) {
  return row_of(what).meaning;
}

std::vector<ability> const& all_abilities() {
  static std::vector<ability> const all = [] {
    std::vector<ability> list;
    for (auto const& one : rows) list.push_back(one.what);
    return list;
  }();
  return all;
}

}  // namespace wedgehog::guest
