// Scheduled faults and the recovery after them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ensure.hpp"
#include "plan/schedule.hpp"
#include "recipe/steps.hpp"

namespace wedgehog::recipe {

plan::scheduled_fault step_reader::read_scheduled(node const& where) {
  auto const* word = find_word(place::section, "scheduled fault");
  ensure(word != nullptr, "scheduled faults have their row");
  auto const given = check_.check(*word, where);
  order_ = 0;
  scheduled_ = true;
  plan::scheduled_fault read;
  read_begin(given, read);
  read_repetition(given, read);
  read.lasts = given.duration("for");
  read.until = given.text("until_step");
  refer_to_step(given, "until_step");
  if (given.has("for") && given.has("until_step"))
    check_.complaints().add(given.where("until_step"),
                            "`for` and `until_step` exclude each other: which of them heals?");
  if (auto const* what = given.below("inject")) read_injects(*what, read);
  scheduled_ = false;
  return read;
}

void step_reader::read_begin(fields const& given, plan::scheduled_fault& into) {
  static constexpr std::array<std::string_view, 4> events{"at", "after_step", "progress",
                                                          "console"};
  std::vector<std::string> counted;
  for (auto const event : events)
    if (given.has(event)) counted.emplace_back(event);
  if (counted.size() > 1)
    check_.complaints().add(given.where(counted.back()),
                            fmt::format("a schedule counts from one thing, and this has {}",
                                        fmt::join(counted, " and ")));
  bool const timed = given.has("after") || given.has("within") || given.has("every");
  if (counted.empty() && !timed)
    check_.complaints().add(given.where(),
                            "a scheduled fault says when: `at`, `after_step`, `progress`, "
                            "`console`, `within` or `every`");
  if (given.has("at") && given.has("after"))
    check_.complaints().add(given.where("after"), "`at` and `after` exclude each other here");
  if (given.has("workload") != given.has("progress"))
    check_.complaints().add(given.where(given.has("workload") ? "workload" : "progress"),
                            "`workload` and `progress` go together: of which, and how much");
  stay_within_the_run(given, "at");
  stay_within_the_run(given, "after");
  into.after = given.duration(given.has("at") ? "at" : "after").value_or(microseconds(0));
  if (given.has("after_step")) {
    into.begins = plan::fault_begin::step;
    into.step = given.text("after_step");
    refer_to_step(given, "after_step");
  } else if (given.has("progress")) {
    into.begins = plan::fault_begin::progress;
    into.workload = given.text("workload");
    into.count = given.count("progress").value_or(0);
    refer(noun::workload, given, "workload");
  } else if (given.has("console")) {
    into.begins = plan::fault_begin::console;
    into.pattern = given.text("console");
  }
}

void step_reader::read_repetition(fields const& given, plan::scheduled_fault& into) {
  into.every = given.duration("every");
  into.within = given.duration("within");
  into.times = given.count("times");
  into.jitter = given.duration("jitter").value_or(microseconds(0));
  stay_within_the_run(given, "within");
  stay_within_the_run(given, "every");
  if (into.every && into.within)
    check_.complaints().add(given.where("within"),
                            "`every` and `within` exclude each other; for chance in each period "
                            "give `every` a `jitter`");
  if (into.times && !into.every && !into.within)
    check_.complaints().add(given.where("times"), "`times` needs `every` or `within`");
  if (!into.every) return;
  if (into.jitter > *into.every)
    check_.complaints().add(given.where("jitter"), "`jitter` is longer than `every`");
  if (given.duration("for").value_or(microseconds(0)) > *into.every)
    check_.complaints().add(given.where("for"), "`for` is longer than `every`: it would never end");
  if (given.has("until_step"))
    check_.complaints().add(given.where("until_step"), "with `every` each one is healed by `for`");
}

void step_reader::read_injects(node const& where, plan::scheduled_fault& into) {
  std::vector<node const*> all{&where};
  if (where.kind == node_kind::list) {
    all.clear();
    for (auto const& item : where.items) all.push_back(item.get());
  }
  if (all.empty()) check_.complaints().add(where, "`inject` is empty");
  for (auto const* one : all) {
    if (one->kind != node_kind::mapping) {
      check_.complaints().add(*one, "`inject` needs a mapping like {fault: hold, disk: data}");
      continue;
    }
    auto read = read_inject(*one);
    if (one == all.front())
      into.what = std::move(read);
    else
      into.with.push_back(std::move(read));
  }
}

std::optional<plan::recovery> step_reader::read_recovery(node const* where,
                                                         microseconds no_progress) {
  if (where == nullptr) return std::nullopt;
  auto const* word = find_word(place::section, "recovery");
  ensure(word != nullptr, "recovery has its row");
  auto const given = check_.check(*word, *where);
  plan::recovery read{.within = given.duration("within").value_or(microseconds(0)),
                      .at_most = given.duration("at_most").value_or(microseconds(0)),
                      .when = given.choice<plan::recovery_moment>("when"),
                      .keep = given.list("keep"),
                      .check = given.text("check")};
  if (read.within > read.at_most)
    check_.complaints().add(given.where(given.has("within") ? "within" : "at_most"),
                            "`within` is longer than `at_most`");
  // Who recovers never must also be wedged by the measure of the judge.
  if (given.known("at_most") && read.at_most < no_progress)
    check_.complaints().add(given.where("at_most"),
                            fmt::format("`at_most` is shorter than the budget `no_progress` ({}): "
                                        "nobody could call it never",
                                        print_duration(no_progress)));
  std::vector<std::string> names;
  for (auto const& [name, at] : defined_[noun::injected]) names.push_back(name);
  for (auto const& name : read.keep)
    if (std::find(names.begin(), names.end(), name) == names.end())
      check_.complaints().add(given.where("keep"),
                              fmt::format("'{}' is not an injected fault of this recipe", name),
                              names, name);
  return read;
}

void step_reader::refer_to_step(fields const& given, std::string_view parameter) {
  if (given.has(parameter) && given.known(parameter))
    step_places_.emplace_back(given.text(parameter), given.where(parameter));
}

void step_reader::check_step_places(plan::plan const& what) {
  for (auto const& [name, where] : step_places_)
    if (plan::path_of(what, name).empty())
      check_.complaints().add(where, fmt::format("'{}' is not the label or path of a step", name),
                              plan::labels_of(what), name);
}

}  // namespace wedgehog::recipe
