#include "faults/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include "timeline/milestones.hpp"

namespace wedgehog::faults {

schedule::schedule(loop::asio::any_io_executor const& executor, loop::clock& time,
                   plan::plan const& what, injector& into,
                   std::function<void(timeline::payload)> record)
    : time_(time), plan_(what), into_(into), record_(std::move(record)), running_(executor) {
  for (auto const& each : plan_.faults) {
    auto& one = followers_.emplace_back(executor, each);
    one.begin_path = plan::path_of(plan_.steps, each.step);
    one.until_path = plan::path_of(plan_.steps, each.until);
    if (each.begins != plan::fault_begin::console) continue;
    auto compiled = pattern::compile(each.pattern);
    if (compiled) one.console.emplace(std::move(compiled.value()));
  }
}

void schedule::begin() {
  for (auto& one : followers_) running_.spawn(follow(one));
}

bool schedule::begins_with(follower const& one, timeline::signal const& seen) {
  switch (one.what.begins) {
    case plan::fault_begin::steps:
      return false;  // begin() is all it waits for
    case plan::fault_begin::step: {
      auto const* step = std::get_if<timeline::step>(&seen.what);
      return step != nullptr && step->phase == "ended" &&
             plan::without_rounds(step->path) == one.begin_path;
    }
    case plan::fault_begin::progress: {
      auto const* work = std::get_if<timeline::workload>(&seen.what);
      return work != nullptr && work->name == one.what.workload && work->done >= one.what.count;
    }
    case plan::fault_begin::console: {
      auto const* line = std::get_if<timeline::console_line>(&seen.what);
      return line != nullptr && one.console && one.console->occurs_in(line->text);
    }
  }
  return false;
}

void schedule::take(timeline::signal const& seen) {
  for (auto& one : followers_)
    if (begins_with(one, seen)) one.begun.push(true);
}

loop::awaitable<void> schedule::before_step(std::string const& path) {
  auto const here = plan::without_rounds(path);
  for (auto& one : followers_) {
    if (one.over || one.until_path.empty() || one.until_path != here) continue;
    one.over = true;
    one.ended.push(true);
    co_await heal_all(one);
  }
}

loop::awaitable<bool> schedule::inject_all(follower& one) {
  auto const all = plan::faults_of(one.what);
  for (auto const& each : all) {
    auto const done = co_await into_.inject(each);
    if (done) continue;
    // What failed stands in the timeline. Half a group proves nothing.
    co_await heal_all(one);
    co_return false;
  }
  co_return true;
}

loop::awaitable<void> schedule::heal_all(follower& one) {
  auto all = plan::faults_of(one.what);
  std::reverse(all.begin(), all.end());
  for (auto const& each : all) co_await into_.heal_if_there(each.as);
}

loop::awaitable<void> schedule::follow(follower& one) {
  if (one.what.begins != plan::fault_begin::steps) co_await one.begun.receive();
  auto const from = time_.now();
  plan::occasions all(one.what, plan_.seed);
  while (auto const due = all.next()) {
    co_await time_.sleep_until(from + due->after);
    if (one.over) co_return;
    record_(
        timeline::mark(timeline::reached::fault_due,
                       fmt::format("{}: time {}, {} after {}", one.what.what.as, due->number,
                                   print_duration(due->after), plan::describe_begin(one.what))));
    bool const injected = co_await inject_all(one);
    if (!injected) continue;
    if (due->lasts)
      co_await time_.sleep_for(*due->lasts);
    else if (!one.until_path.empty())
      co_await one.ended.receive();
    else
      continue;
    co_await heal_all(one);
  }
}

loop::awaitable<void> schedule::stop() {
  co_await running_.stop();
}

}  // namespace wedgehog::faults
