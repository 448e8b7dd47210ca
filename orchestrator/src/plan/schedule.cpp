#include "plan/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace wedgehog::plan {

occasions::occasions(scheduled_fault const& what, std::uint64_t plan_seed)
    : every_(what.every),
      after_(what.after),
      jitter_(what.jitter),
      lasts_(what.lasts),
      times_(what.every ? what.times : what.times.value_or(1)),
      chance_(chance(plan_seed).stream("schedule:" + what.what.as)) {
  if (!what.within) return;
  for (std::uint64_t i = 0; i < times_.value_or(1); ++i)
    drawn_.push_back(drawn_below(*what.within));
  std::sort(drawn_.begin(), drawn_.end());
}

microseconds occasions::drawn_below(microseconds bound) {
  if (bound.count() <= 0) return microseconds(0);
  return microseconds(
      static_cast<microseconds::rep>(chance_.below(static_cast<std::uint64_t>(bound.count()))));
}

std::optional<occasion> occasions::next() {
  if (times_ && made_ >= *times_) return std::nullopt;
  microseconds begin = after_;
  if (!drawn_.empty()) begin += drawn_[made_];
  if (every_) begin += *every_ * static_cast<microseconds::rep>(made_);
  begin += drawn_below(jitter_);
  begin = std::max(begin, free_from_);
  free_from_ = begin + lasts_.value_or(microseconds(0));
  return occasion{++made_, begin, lasts_};
}

std::vector<inject> planned(plan const& what) {
  std::vector<inject> all;
  visit_steps(what.steps, [&](step const& one) {
    if (auto const* found = std::get_if<inject>(&one.what)) all.push_back(*found);
  });
  for (auto const& one : what.faults)
    for (auto const& each : faults_of(one)) all.push_back(each);
  return all;
}

std::vector<inject> faults_of(scheduled_fault const& what) {
  std::vector<inject> all{what.what};
  all.insert(all.end(), what.with.begin(), what.with.end());
  return all;
}

namespace {

// Calls `visit(path, step)` until it says true.
template <class Visit>
bool walk(std::vector<step> const& steps, std::string const& prefix, Visit const& visit) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::string const path = fmt::format("{}{}", prefix, i + 1);
    if (visit(path, steps[i])) return true;
    if (auto const* nested = std::get_if<loop>(&steps[i].what))
      if (walk(nested->steps, path + ".", visit)) return true;
    if (auto const* nested = std::get_if<parallel>(&steps[i].what))
      for (std::size_t group = 0; group < nested->groups.size(); ++group)
        if (walk(nested->groups[group],
                 fmt::format("{}.{}.", path, static_cast<char>('a' + group % 26)), visit))
          return true;
  }
  return false;
}

}  // namespace

namespace {

std::string path_below(std::string const& prefix, std::vector<step> const& steps,
                       std::string_view label_or_path) {
  std::string found;
  if (label_or_path.empty()) return found;
  walk(steps, prefix, [&](std::string const& path, step const& each) {
    bool const right = each.label == label_or_path || path == label_or_path;
    if (right) found = path;
    return right;
  });
  return found;
}

void add_labels(std::vector<step> const& steps, std::vector<std::string>& all) {
  visit_steps(steps, [&](step const& each) {
    bool const fresh = std::find(all.begin(), all.end(), each.label) == all.end();
    if (!each.label.empty() && fresh) all.push_back(each.label);
  });
}

}  // namespace

std::string path_of(std::vector<step> const& steps, std::string_view label_or_path) {
  return path_below("", steps, label_or_path);
}

std::vector<std::string> labels_of(std::vector<step> const& steps) {
  std::vector<std::string> all;
  add_labels(steps, all);
  return all;
}

std::string path_of(plan const& what, std::string_view label_or_path) {
  auto found = path_below("", what.steps, label_or_path);
  return found.empty() ? path_below(std::string(after_boot_path), what.after_boot, label_or_path)
                       : found;
}

std::vector<std::string> labels_of(plan const& what) {
  std::vector<std::string> all;
  add_labels(what.after_boot, all);
  add_labels(what.steps, all);
  return all;
}

bool is_step(plan const& what, std::string_view path_in_run, std::string_view label_or_path) {
  auto const wanted = path_of(what, label_or_path);
  auto const path = without_rounds(path_in_run);
  return !wanted.empty() && (path == wanted || path.starts_with(wanted + "."));
}

std::string without_rounds(std::string_view path_in_run) {
  std::string path;
  while (!path_in_run.empty()) {
    auto const end = path_in_run.find('.');
    auto const part = path_in_run.substr(0, end);
    path_in_run.remove_prefix(end == std::string_view::npos ? path_in_run.size() : end + 1);
    bool const round = part.size() > 1 && part.front() == 'r' &&
                       std::all_of(part.begin() + 1, part.end(),
                                   [](unsigned char c) { return std::isdigit(c) != 0; });
    if (round) continue;
    if (!path.empty()) path += '.';
    path += part;
  }
  return path;
}

std::string describe_begin(scheduled_fault const& what) {
  std::string event;
  switch (what.begins) {
    case fault_begin::steps:
      event = "the first step began";
      break;
    case fault_begin::step:
      event = fmt::format("step '{}' ended", what.step);
      break;
    case fault_begin::progress:
      event = fmt::format("workload {} had done {}", what.workload, what.count);
      break;
    case fault_begin::console:
      event = fmt::format("the console matched '{}'", what.pattern);
      break;
  }
  return event;
}

}  // namespace wedgehog::plan
