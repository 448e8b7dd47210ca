#include "faults/injector.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wedgehog::faults {
namespace {

void collect(std::vector<plan::step> const& steps, std::vector<plan::inject>& into) {
  for (auto const& one : steps) {
    if (auto const* found = std::get_if<plan::inject>(&one.what)) into.push_back(*found);
    if (auto const* nested = std::get_if<plan::loop>(&one.what)) collect(nested->steps, into);
    if (auto const* nested = std::get_if<plan::parallel>(&one.what))
      for (auto const& group : nested->groups) collect(group, into);
  }
}

}  // namespace

std::vector<plan::inject> planned(plan::plan const& what) {
  std::vector<plan::inject> all;
  collect(what.steps, all);
  for (auto const& one : what.faults) all.push_back(one.what);
  return all;
}

void injector::note(plan::inject const& what, std::string action, std::string detail,
                    std::uint64_t hits) {
  around_.record(timeline::fault{what.as, what.fault, std::move(action), std::move(detail), hits});
}

loop::awaitable<result<void>> injector::inject(plan::inject const& what) {
  auto const* const kind = find_kind(what.fault);
  if (kind == nullptr)
    co_return recipe_error(fmt::format("this build cannot inject the fault '{}'", what.fault));
  auto& one = placed_[what.as];
  if (one.doing)
    if (auto healed = co_await end(one); !healed) co_return healed;
  one.what = what;
  one.doing = kind->make(what, around_);
  one.order = ++injections_;
  auto const done = co_await one.doing->begin();
  if (!done) {
    note(what, "failed", done.error().message(), one.hits);
    co_return done.error();
  }
  note(what, "injected", done.value(), one.hits);
  co_return result<void>();
}

loop::awaitable<void> injector::read_hits(placed& one) {
  if (one.doing) one.hits = std::max(one.hits, one.earlier + co_await one.doing->hits());
}

loop::awaitable<result<void>> injector::end(placed& one) {
  if (!one.doing) co_return result<void>();
  co_await read_hits(one);
  // When this is cancelled half way, it is still there to be ended again.
  auto const done = co_await one.doing->end();
  one.doing.reset();
  one.earlier = one.hits;
  if (!done) {
    note(one.what, "failed", "healing: " + done.error().message(), one.hits);
    co_return done.error();
  }
  note(one.what, "healed", done.value(), one.hits);
  co_return result<void>();
}

loop::awaitable<result<void>> injector::heal(std::string const& name) {
  auto const found = placed_.find(name);
  if (found == placed_.end())
    co_return recipe_error(fmt::format("there is no injected fault named '{}'", name));
  co_return co_await end(found->second);
}

loop::awaitable<void> injector::heal_all() {
  std::vector<placed*> left;
  for (auto& [name, one] : placed_)
    if (one.doing) left.push_back(&one);
  std::sort(left.begin(), left.end(), [](auto* a, auto* b) { return a->order > b->order; });
  for (auto* one : left) co_await end(*one);
}

loop::awaitable<void> injector::let_go() {
  for (auto& [name, one] : placed_)
    if (one.doing) co_await one.doing->let_go();
}

loop::awaitable<void> injector::follow(plan::scheduled_fault const& what) {
  co_await around_.time.sleep_for(what.after);
  // What failed stands in the timeline.
  auto const done = co_await inject(what.what);
  if (!done || !what.lasts) co_return;
  co_await around_.time.sleep_for(*what.lasts);
  co_await heal(what.what.as);
}

loop::awaitable<void> injector::prepare(new_beginning how) {
  for (auto& [name, one] : placed_)
    if (one.doing && !one.doing->outlives(how)) {
      co_await read_hits(one);
      co_await one.doing->let_go();
    }
}

void injector::begun_anew(new_beginning how, vm::machine* machine, agent::link* agent) {
  around_.machine = machine;
  around_.agent = agent;
  ended_.clear();
  for (auto& [name, one] : placed_) {
    if (!one.doing || one.doing->outlives(how)) continue;
    ended_.push_back(std::move(one.doing));
    one.earlier = one.hits;
    note(one.what, "healed",
         how == new_beginning::reset ? "the reset ended it" : "the power cut ended it", one.hits);
  }
}

loop::awaitable<std::vector<tally>> injector::count(plan::plan const& what) {
  std::vector<tally> all;
  for (auto const& one : planned(what)) {
    tally said{one.as, one.fault};
    if (auto const found = placed_.find(one.as); found != placed_.end()) {
      co_await read_hits(found->second);
      said.hits = found->second.hits;
      said.injected = true;
    }
    all.push_back(std::move(said));
  }
  co_return all;
}

}  // namespace wedgehog::faults
