#include "verdict/words.hpp"

#include <array>
#include <cstddef>

namespace wedgehog::verdict {
namespace {

// Each table is in the order of its enumeration.
constexpr std::array<std::string_view, 17> state_names = {"ok",
                                                          "slow",
                                                          "suspect",
                                                          "wedged",
                                                          "locked-up",
                                                          "panicked",
                                                          "rebooted",
                                                          "exited",
                                                          "userland-starved",
                                                          "userland-dead",
                                                          "workload-failed",
                                                          "workload-died",
                                                          "workload-stopped",
                                                          "frozen",
                                                          "host-stopped",
                                                          "paused",
                                                          "host-starved"};
static_assert(state_names.size() == static_cast<std::size_t>(state_word::host_starved) + 1);

constexpr std::array<std::string_view, 11> kind_names = {
    "",           "held-io",   "lost-completion", "software-wait", "livelock",
    "after-oops", "user-wait", "user-spin",       "hard",          "hard-one-cpu",
    "soft"};
static_assert(kind_names.size() == static_cast<std::size_t>(kind_word::soft) + 1);

constexpr std::array<std::string_view, 2> flag_names = {"oops", "cpu-stuck"};
static_assert(flag_names.size() == static_cast<std::size_t>(flag_word::cpu_stuck) + 1);

constexpr std::array<std::string_view, 19> run_names = {"passed",        "slow",
                                                        "failed",        "unknown",
                                                        "wedged",        "locked-up",
                                                        "panicked",      "rebooted",
                                                        "exited",        "userland-starved",
                                                        "userland-dead", "workload-failed",
                                                        "workload-died", "workload-stopped",
                                                        "frozen",        "host-stopped",
                                                        "paused",        "host-starved",
                                                        "invalid"};
static_assert(run_names.size() == static_cast<std::size_t>(run_word::invalid) + 1);

constexpr std::array<std::string_view, 4> recovery_names = {"", "recovered", "recovered-late",
                                                            "never-recovered"};
static_assert(recovery_names.size() ==
              static_cast<std::size_t>(recovery_word::never_recovered) + 1);

template <class Word, std::size_t Count>
bool find_name(std::array<std::string_view, Count> const& names, std::string_view name, Word& out) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (names[i] != name) continue;
    out = static_cast<Word>(i);
    return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(state_word word) {
  return state_names[static_cast<std::size_t>(word)];
}
std::string_view name_of(kind_word word) {
  return kind_names[static_cast<std::size_t>(word)];
}
std::string_view name_of(flag_word word) {
  return flag_names[static_cast<std::size_t>(word)];
}
std::string_view name_of(run_word word) {
  return run_names[static_cast<std::size_t>(word)];
}
std::string_view name_of(recovery_word word) {
  return recovery_names[static_cast<std::size_t>(word)];
}

bool parse_name(std::string_view name, state_word& out) {
  return find_name(state_names, name, out);
}
bool parse_name(std::string_view name, kind_word& out) {
  return find_name(kind_names, name, out);
}
bool parse_name(std::string_view name, flag_word& out) {
  return find_name(flag_names, name, out);
}
bool parse_name(std::string_view name, run_word& out) {
  return find_name(run_names, name, out);
}

}  // namespace wedgehog::verdict
