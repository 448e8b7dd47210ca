// A stored run as one file that becomes a regression test by being copied into
// orchestrator/src/tests/testdata/runs: a first line with the budget and the expected answer, then
// the signals that were judged. What belongs to one host is taken out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/described.hpp"
#include "base/error.hpp"
#include "timeline/signal.hpp"
#include "verdict/thresholds.hpp"

namespace wedgehog::verdict {

struct exported_head {
  int wedgehog_run = 0;  // format: 1
  std::string name;      // of the recipe
  std::string about;
  double no_progress_s = 0;  // as the judge is granted it, before time_scale
  double time_scale = 0;
  std::string verdict;  // "wedged"; "invalid" stands beside it
  std::string kind;
  bool invalid = false;
  std::string signature;
  // When what decides the verdict was done to the guest, in seconds since the run began: no finding
  // may come before it. None: there must be no finding at all.
  std::optional<double> cause_s;
  bool operator==(exported_head const&) const = default;
};
BOOST_DESCRIBE_STRUCT(exported_head, (),
                      (wedgehog_run, name, about, no_progress_s, time_scale, verdict, kind, invalid,
                       signature, cause_s))

[[nodiscard]] std::string to_text(exported_head const& head);
// Blame: host, when it is no such line, or of a later format.
result<exported_head> head_from_text(std::string_view line);
[[nodiscard]] budgets granted_by(exported_head const& head);

// What is of one host only, with the words that stand for it; asked in order, so the longer of two
// beginnings goes first.
using substitutions = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] std::string without_host(std::string text, substitutions const& what);

// Whether the judge reads such a signal: only those are exported.
[[nodiscard]] bool is_judged(timeline::payload const& what);

// Finds when the run was broken on purpose, signal by signal: the first fault that was injected, or
// the first step that asks the guest's laboratory for something.
class cause_watch {
 public:
  void observe(timeline::signal const& one);
  [[nodiscard]] std::optional<double> cause_s() const { return cause_s_; }

 private:
  std::optional<double> cause_s_;
};

}  // namespace wedgehog::verdict
