#include "vm/guest_needs.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/units.hpp"

namespace wedgehog::vm {

result<guest_needs> read_guest_needs(std::string const& profile_file) {
  try {
    YAML::Node const root = YAML::LoadFile(profile_file);
    guest_needs needs;
    if (auto const memory = root["memory"]; memory && memory["least"]) {
      auto const least = parse_size(memory["least"].as<std::string>());
      if (!least)
        return host_error(
            fmt::format("{}: memory: least: {}", profile_file, least.error().message()));
      needs.least_memory = least.value();
    }
    return needs;
  } catch (YAML::Exception const& failure) {
    return host_error(
        fmt::format("reading the guest profile {}: {}", profile_file, failure.what()));
  }
}

}  // namespace wedgehog::vm
