// What a guest system can be asked to do or will notice, as data: its profile says what it has,
// and faults, steps and probes say what they need of it.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "base/enum_words.hpp"

namespace wedgehog::guest {

enum class ability {
  kernel_arguments,   // its kernel takes arguments from us
  sysctls,            // … and settings among them
  kernel_modules,     // … and names of modules to load
  console_keys,       // its kernel answers a break and a key (sysrq)
  debugger,           // its kernel has a debugger that listens on the console
  io_probe,           // a read past all caches can be asked for
  balloon,            // a driver for the memory balloon
  network_card,       // a driver for the network card
  power_button,       // it ends in order when it is pressed
  hotplug,            // lets go of a disk, and takes another
  disk_growth,        // notices that a disk has grown
  processor_offline,  // takes a processor out by itself
  clock_step,         // its agent can step the clock
  memory_hog,         // its agent can take memory
};

using abilities = std::set<ability>;

BOOST_DESCRIBE_ENUM(ability, kernel_arguments, sysctls, kernel_modules, console_keys, debugger,
                    io_probe, balloon, network_card, power_button, hotplug, disk_growth,
                    processor_offline, clock_step, memory_hog)
// "processor-offline"
[[nodiscard]] constexpr std::string_view word_of(ability what) {
  return name_of(what);
}

// What it is, for a person who is told that it is missing.
[[nodiscard]] std::string_view meaning_of(ability what);
[[nodiscard]] std::vector<ability> const& all_abilities();

}  // namespace wedgehog::guest
