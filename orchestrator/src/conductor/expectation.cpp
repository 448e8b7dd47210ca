#include "conductor/expectation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace wedgehog::conductor {
namespace {

bool is_of_host(verdict::run_word word) {
  using verdict::run_word;
  return word == run_word::host_stopped || word == run_word::paused ||
         word == run_word::host_starved;
}

// "3.r2.1" -> "3.1": where a step stands in the recipe, whichever round of its loop it was.
std::string without_rounds(std::string_view path) {
  std::string plain;
  while (!path.empty()) {
    auto const part = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    bool const round = part.size() > 1 && part.front() == 'r' &&
                       part.find_first_not_of("0123456789", 1) == std::string_view::npos;
    if (round) continue;
    if (!plain.empty()) plain += '.';
    plain += part;
  }
  return plain;
}

}  // namespace

int exit_code_of(verdict::final_verdict const& said) {
  using verdict::run_word;
  if (said.invalid) return 2;
  switch (said.word) {
    case run_word::passed:
    case run_word::slow:
      return 0;
    case run_word::unknown:
    case run_word::host_stopped:
    case run_word::paused:
    case run_word::host_starved:
    case run_word::invalid:
      return 2;
    default:
      return 1;
  }
}

std::string word_of(verdict::final_verdict const& said) {
  bool const plainly_invalid = said.invalid && !is_of_host(said.word);
  return std::string(plainly_invalid ? "invalid" : verdict::name_of(said.word));
}

std::string describe(plan::expectation const& expected) {
  auto text = expected.kind ? expected.verdict + "/" + *expected.kind : expected.verdict;
  if (expected.recovery) text += ", " + *expected.recovery;
  if (!expected.failed_step.empty()) text += ", step " + expected.failed_step;
  if (!expected.answers.empty())
    text += fmt::format(", answers {}", fmt::join(expected.answers, " "));
  return text;
}

bool meets(verdict::final_verdict const& said, plan::expectation const& expected) {
  auto const word = word_of(said);
  bool const as_invalid = said.invalid && expected.verdict == "invalid";
  return (word == expected.verdict || as_invalid) &&
         (!expected.kind || *expected.kind == verdict::name_of(said.kind)) &&
         (!expected.recovery || *expected.recovery == verdict::name_of(said.recovery));
}

bool answered_all(std::vector<timeline::probe> const& asked, plan::expectation const& expected) {
  return std::all_of(expected.answers.begin(), expected.answers.end(), [&](auto const& name) {
    return std::any_of(asked.begin(), asked.end(),
                       [&](auto const& one) { return one.name == name && one.answer_s; });
  });
}

bool in_time(verdict::final_verdict const& said, std::optional<microseconds> ready,
             plan::expectation const& expected) {
  return !expected.by || said.since - ready.value_or(microseconds{}) <= *expected.by;
}

bool failed_where(timeline::step const& failed, plan::expectation const& expected) {
  if (expected.failed_step.empty()) return true;
  if (failed.path.empty()) return false;
  return without_rounds(failed.path) == expected.failed_step ||
         failed.what.starts_with(expected.failed_step + ": ");
}

bool fulfils(verdict::final_verdict const& said, seen_of_run const& seen,
             plan::expectation const& expected) {
  return meets(said, expected) && answered_all(seen.asked, expected) &&
         in_time(said, seen.ready, expected) && failed_where(seen.failed_step, expected);
}

}  // namespace wedgehog::conductor
