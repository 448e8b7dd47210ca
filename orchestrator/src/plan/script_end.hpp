// How a script has to end, and whether it did: exit codes, signals by name, and "anything but".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"

namespace wedgehog::plan {

// What the guest said of a script that has ended.
struct script_end {
  std::uint32_t exit_code = 0;  // 0 when a signal ended it
  std::uint32_t signal = 0;     // 0: it ended by itself
};

// A script that was cut off by its deadline never ended as expected: that is the caller's to say.
// A signal counts also where only the shell saw it, which then exits with 128 + its number.
[[nodiscard]] bool ended_as_expected(run const& what, script_end const& how);
// "exit code 3", "anything but exit code 0", "SIGKILL": the recipe's wish in words.
[[nodiscard]] std::string describe_expected_end(run const& what);

// "SIGKILL" from "SIGKILL", "kill" or "KILL"; nothing for an unknown name. Numbers are those of
// Linux; from SIGHUP to SIGTERM, SIGBUS aside, all systems agree.
[[nodiscard]] std::optional<std::string> signal_name(std::string_view text);
[[nodiscard]] std::uint32_t signal_number(std::string_view name);  // 0: unknown
[[nodiscard]] std::vector<std::string> signal_names();

}  // namespace wedgehog::plan
