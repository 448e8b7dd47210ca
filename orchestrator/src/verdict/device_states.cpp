#include "verdict/device_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/blank_words.hpp"

namespace wedgehog::verdict {
namespace {

struct labelled {
  device_hold hold;
  std::string_view label;
};
constexpr std::array labels{labelled{device_hold::dm_suspended, "dm-suspended"},
                            labelled{device_hold::md_suspended, "md-suspended"},
                            labelled{device_hold::pool_full, "pool-full"},
                            labelled{device_hold::no_path, "no-path"}};

bool has(std::vector<std::string_view> const& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "8:16 F 1": a path, whether it is active or failed, and how often it failed.
bool no_path_works(std::vector<std::string_view> const& words) {
  int failed = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i - 1].find(':') == std::string_view::npos) continue;
    if (words[i] == "A") return false;
    failed += words[i] == "F" ? 1 : 0;
  }
  return failed > 0;
}

device_hold hold_of_target(std::string_view type, std::string_view state) {
  auto const words = blank_words(state);
  if (type == "thin-pool")
    return has(words, "out_of_data_space") && !has(words, "error_if_no_space")
               ? device_hold::pool_full
               : device_hold::none;
  if (type == "multipath" && no_path_works(words)) return device_hold::no_path;
  return device_hold::none;
}

bool is_pool(std::string_view device) {
  return device.ends_with(" thin-pool");
}

// What the console said, of which no pool says otherwise by now.
std::string const* full_by_console(view const& seen) {
  auto const& full = seen.console.file_systems.full;
  auto const& devices = seen.kernel.devices;
  bool const asked = std::any_of(devices.begin(), devices.end(),
                                 [](auto const& each) { return is_pool(each.first); });
  return full.count > 0 && !asked ? &full.line : nullptr;
}

}  // namespace

device_hold hold_of(std::string_view device, std::string_view state) {
  bool const dm = device.starts_with("dm-");
  if (auto const blank = device.find(' '); blank != std::string_view::npos)
    return dm ? hold_of_target(device.substr(blank + 1), state) : device_hold::none;
  if (dm) return state.ends_with(" suspended") ? device_hold::dm_suspended : device_hold::none;
  if (device.starts_with("md") && has(blank_words(state), "suspended"))
    return device_hold::md_suspended;
  return device_hold::none;
}

std::string labels_of_devices(view const& seen) {
  std::string all;
  auto const holds = [&seen](device_hold hold) {
    if (hold == device_hold::dm_suspended && !seen.faults.suspended_device.step.empty())
      return true;
    if (hold == device_hold::pool_full && full_by_console(seen) != nullptr) return true;
    auto const& devices = seen.kernel.devices;
    return std::any_of(devices.begin(), devices.end(), [hold](auto const& each) {
      return hold_of(each.first, each.second) == hold;
    });
  };
  for (auto const& [hold, label] : labels)
    if (holds(hold)) all += (all.empty() ? "" : "+") + std::string(label);
  return all;
}

std::vector<std::string> held_by_devices(view const& seen) {
  std::vector<std::string> said;
  for (auto const& [name, state] : seen.kernel.devices)
    if (hold_of(name, state) != device_hold::none)
      said.push_back(fmt::format("device {}: {}", name, state));
  if (auto const* line = full_by_console(seen))
    said.push_back(fmt::format("the console says: {}", *line));
  return said;
}

}  // namespace wedgehog::verdict
