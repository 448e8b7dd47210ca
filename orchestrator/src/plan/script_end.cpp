#include "plan/script_end.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

namespace wedgehog::plan {
namespace {

constexpr std::uint32_t shell_adds = 128;

// In the order of their numbers, from 1; those that nobody expects of a script are left out ("").
constexpr std::array<std::string_view, 31> names{
    "SIGHUP",  "SIGINT",  "SIGQUIT", "SIGILL",  "SIGTRAP", "SIGABRT", "SIGBUS",  "SIGFPE",
    "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "",
    "",        "",        "",        "",        "",        "",        "",        "SIGXCPU",
    "SIGXFSZ", "",        "",        "",        "",        "",        "SIGSYS"};

bool is_what_is_said(run const& what, script_end const& how) {
  if (!what.expect_signal.empty()) {
    auto const number = signal_number(what.expect_signal);
    return how.signal == number || (how.signal == 0 && how.exit_code == shell_adds + number);
  }
  if (how.signal != 0) return false;
  return what.expect_exit < 0 || how.exit_code == static_cast<std::uint32_t>(what.expect_exit);
}

}  // namespace

bool ended_as_expected(run const& what, script_end const& how) {
  return is_what_is_said(what, how) != what.expect_other;
}

std::string describe_expected_end(run const& what) {
  std::string const said = !what.expect_signal.empty() ? what.expect_signal
                           : what.expect_exit < 0      ? std::string("any exit code")
                                                  : fmt::format("exit code {}", what.expect_exit);
  return what.expect_other ? "anything but " + said : said;
}

std::optional<std::string> signal_name(std::string_view text) {
  std::string name;
  for (char const c : text) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!name.starts_with("SIG")) name.insert(0, "SIG");
  if (signal_number(name) == 0) return std::nullopt;
  return name;
}

std::uint32_t signal_number(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!name.empty() && names[i] == name) return static_cast<std::uint32_t>(i + 1);
  return 0;
}

std::vector<std::string> signal_names() {
  std::vector<std::string> all;
  for (auto const name : names)
    if (!name.empty()) all.emplace_back(name);
  return all;
}

}  // namespace wedgehog::plan
