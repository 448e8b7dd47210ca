#include "faults/injector.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wedgehog::faults {

std::set<std::string> lasting_in(plan::plan const& what) {
  std::set<std::string> healed;
  plan::visit_steps(what.steps, [&](plan::step const& one) {
    if (auto const* found = std::get_if<plan::heal>(&one.what)) healed.insert(found->name);
  });
  for (auto const& one : what.faults)
    if (one.lasts || !one.until.empty())
      for (auto const& each : plan::faults_of(one)) healed.insert(each.as);
  // A recovery heals all but what it keeps.
  auto const recovered = [&](std::string const& name) {
    if (!what.recovery) return false;
    auto const& keep = what.recovery->keep;
    return std::find(keep.begin(), keep.end(), name) == keep.end();
  };
  std::set<std::string> lasting;
  for (auto const& one : planned(what)) {
    // `for` in the fault itself: what it did ends by itself, however long the fault stays.
    bool const ends = one.parameters.contains("for");
    if (!ends && !healed.contains(one.as) && !recovered(one.as)) lasting.insert(one.as);
  }
  return lasting;
}

namespace {

// Gives the turn back on every way out.
class holding_turn {
 public:
  explicit holding_turn(loop::mailbox<bool>& turn) : turn_(turn) {}
  ~holding_turn() { turn_.push(true); }
  holding_turn(holding_turn const&) = delete;
  holding_turn& operator=(holding_turn const&) = delete;

 private:
  loop::mailbox<bool>& turn_;
};

}  // namespace

void injector::note(plan::inject const& what, std::string action, std::string detail,
                    std::uint64_t hits) {
  targets_.record(timeline::fault{what.as, what.fault, std::move(action), std::move(detail), hits});
}

loop::awaitable<result<void>> injector::inject(plan::inject const& what) {
  auto const* const kind = find_kind(what.fault);
  if (kind == nullptr)
    co_return recipe_error(fmt::format("this build cannot inject the fault '{}'", what.fault));
  if (!closed_.empty()) {
    note(what, "skipped", closed_, 0);
    co_return result<void>();
  }
  auto const executor = co_await loop::asio::this_coro::executor;
  auto& one = placed_.try_emplace(what.as, executor).first->second;
  co_await one.turn.receive();
  holding_turn const mine(one.turn);
  if (one.doing) {
    auto const healed = co_await end(one);
    if (!healed) co_return healed;
  }
  one.what = what;
  one.doing = kind->make(what, targets_);
  one.order = ++injections_;
  auto const done = co_await one.doing->begin();
  if (!done) {
    note(what, "failed", done.error().message(), one.hits);
    co_return done.error();
  }
  note(what, "injected", done.value(), one.hits);
  if (lasting_.contains(what.as)) note(what, "stays", "nothing in the plan heals it", one.hits);
  co_return result<void>();
}

loop::awaitable<void> injector::read_hits(placed& one) {
  if (one.doing) one.hits = std::max(one.hits, one.earlier + co_await one.doing->hits());
}

loop::awaitable<void> injector::read_hits_alone(placed& one) {
  co_await one.turn.receive();
  holding_turn const mine(one.turn);
  co_await read_hits(one);
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
  co_return co_await end_alone(found->second);
}

loop::awaitable<result<void>> injector::end_alone(placed& one) {
  co_await one.turn.receive();
  holding_turn const mine(one.turn);
  co_return co_await end(one);
}

loop::awaitable<void> injector::heal_if_there(std::string const& name) {
  auto const found = placed_.find(name);
  if (found != placed_.end()) co_await end_alone(found->second);
}

std::vector<injector::placed*> injector::in_order() {
  std::vector<placed*> ordered;
  for (auto& [name, one] : placed_)
    if (one.order != 0) ordered.push_back(&one);
  std::sort(ordered.begin(), ordered.end(), [](auto* a, auto* b) { return a->order < b->order; });
  return ordered;
}

loop::awaitable<void> injector::heal_all() {
  std::vector<std::string> const nothing;
  co_await heal_all_but(nothing);
}

loop::awaitable<void> injector::let_go() {
  for (auto& [name, one] : placed_)
    if (one.doing) co_await one.doing->let_go();
}

loop::awaitable<void> injector::heal_all_but(std::vector<std::string> const& keep) {
  auto left = in_order();
  std::reverse(left.begin(), left.end());
  for (auto* one : left)
    if (one->doing && std::find(keep.begin(), keep.end(), one->what.as) == keep.end())
      co_await end_alone(*one);
}

void injector::close(std::string why) {
  closed_ = std::move(why);
}

loop::awaitable<std::vector<standing>> injector::all() {
  std::vector<standing> told;
  for (auto* one : in_order()) {
    co_await read_hits_alone(*one);
    told.push_back({one->what, one->doing != nullptr, one->hits});
  }
  co_return told;
}

loop::awaitable<void> injector::prepare(new_beginning how) {
  for (auto& [name, one] : placed_)
    if (one.doing && !one.doing->outlives(how)) {
      co_await read_hits(one);
      co_await one.doing->let_go();
    }
}

void injector::begun_anew(new_beginning how, vm::machine* machine, agent::link* agent) {
  targets_.machine = machine;
  targets_.agent = agent;
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
    tally said{one.as, one.fault, 0, false, one.may_miss};
    if (auto const found = placed_.find(one.as); found != placed_.end()) {
      co_await read_hits_alone(found->second);
      said.hits = found->second.hits;
      said.injected = true;
    }
    all.push_back(std::move(said));
  }
  auto const told = [&](std::string const& name) {
    return std::any_of(all.begin(), all.end(), [&](auto const& said) { return said.name == name; });
  };
  for (auto* one : in_order()) {
    if (told(one->what.as)) continue;
    co_await read_hits_alone(*one);
    all.push_back({one->what.as, one->what.fault, one->hits, true, one->what.may_miss});
  }
  co_return all;
}

}  // namespace wedgehog::faults
