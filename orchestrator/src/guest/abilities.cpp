#include "guest/abilities.hpp"

#include "base/meanings.hpp"

namespace wedgehog::guest {
namespace {

constexpr meanings<ability> ability_meanings{{
    {ability::kernel_arguments, "its kernel takes arguments from the host"},
    {ability::sysctls, "settings of its kernel can be given at boot"},
    {ability::kernel_modules, "modules to load can be named at boot"},
    {ability::console_keys, "its kernel answers a break and a key"},
    {ability::debugger, "its kernel has a debugger that listens on the console"},
    {ability::io_probe, "it has a command that reads past all caches"},
    {ability::balloon, "it has a driver for the memory balloon"},
    {ability::network_card, "it has a driver for the network card"},
    {ability::power_button, "it ends in order when the button is pressed"},
    {ability::hotplug, "it lets go of a disk, and takes another"},
    {ability::disk_growth, "it notices that a disk has grown"},
    {ability::processor_offline, "it can take a processor out by itself"},
    {ability::clock_step, "its agent can step the clock"},
    {ability::memory_hog, "its agent can take memory"},
}};
static_assert(complete<ability>(ability_meanings));

}  // namespace

std::string_view meaning_of(ability what) {
  return ability_meanings[static_cast<std::size_t>(what)].text;
}

std::vector<ability> const& all_abilities() {
  static std::vector<ability> const all = all_values<ability>();
  return all;
}

}  // namespace wedgehog::guest
