// Each promise can be broken, and that is noticed: records of good lives are spoiled on purpose,
// and lives are played on machines that misbehave.
#include "tests/simulation/promises.hpp"

#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <set>

#include "loop/temporary.hpp"
#include "tests/simulation/decorated.hpp"
#include "tests/simulation/plans.hpp"
#include "tests/simulation/played_seed.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;
using timeline::reached;

std::string const recipe_with_a_fault =
    recipe_of_a_worker("spoiled", "{boot: 20s, no_progress: 20s, run: 60s}", "0.2") +
    R"(  - wait: 2s
  - inject: {fault: latency, as: late, disk: data, delay: 20ms}
  - wait: 5s
  - heal: late
  - wait: 2s
)";

record good_life() {
  auto played = play_plan(plan_of(recipe_with_a_fault), {}, 1);
  EXPECT_EQ(fmt::format("{}", fmt::join(played.broken, "\n")), "");
  return std::move(played.read);
}

bool is_mark(timeline::signal const& one, reached what) {
  auto const* mark = std::get_if<timeline::milestone>(&one.what);
  return mark != nullptr && timeline::is(*mark, what);
}

using signals = std::vector<timeline::signal>;
void change(record& of, std::function<void(signals&)> const& how) {
  signals all = of.signals.signals();
  how(all);
  of.signals = {};
  for (auto& one : all) of.signals.append(std::move(one));
}
void leave_out(record& of, std::function<bool(timeline::signal const&)> const& whom) {
  change(of, [&](signals& all) { std::erase_if(all, whom); });
}
signals::iterator find_mark(signals& all, reached what) {
  return std::find_if(all.begin(), all.end(), [&](auto const& one) { return is_mark(one, what); });
}

struct mutation {
  std::string_view promise;
  std::string_view what;
  void (*spoil)(record&);
};

mutation const mutations[] = {
    {"ends in time", "it takes a day", [](record& of) { of.lived.took = 24h; }},
    {"ends in time", "its own part lasts ten minutes longer",
     [](record& of) {
       change(of, [](signals& all) {
         for (auto one = find_mark(all, reached::run_ended); one != all.end(); ++one)
           one->at += 10min;
       });
     }},
    {"ends in time", "nothing is left to happen",
     [](record& of) { of.lived.ending = loop::simulated_loop::ending::idle; }},
    {"one verdict", "there is none", [](record& of) { of.lived.done.reset(); }},
    {"one verdict", "there are two opinions", [](record& of) { of.opinions = 2; }},
    {"one verdict", "it is announced twice",
     [](record& of) {
       change(of, [](signals& all) {
         auto const again = *find_mark(all, reached::evidence_began);
         all.push_back(again);
       });
     }},
    {"no verdict before its cause", "a wedge out of nothing",
     [](record& of) {
       of.again.said.word = verdict::run_word::wedged;
       of.again.said.since = 100ms;
     }},
    {"no verdict before its cause", "a wedge without any cause",
     [](record& of) {
       leave_out(of,
                 [](auto const& one) { return std::holds_alternative<timeline::fault>(one.what); });
       of.again.said.word = verdict::run_word::wedged;
     }},
    {"evidence before healing before the end", "the machine is stopped first",
     [](record& of) {
       change(of, [](signals& all) {
         auto const stopping = *find_mark(all, reached::machine_stopping);
         auto const at = find_mark(all, reached::run_ended);
         all.insert(at + 1, stopping);
       });
     }},
    {"evidence before healing before the end", "a fault is healed before the evidence",
     [](record& of) {
       change(of, [](signals& all) {
         auto const at = find_mark(all, reached::evidence_began);
         all.insert(at + 1, {at->at, timeline::fault{"late", "latency", "healed", "", 1}});
       });
     }},
    {"no fault left", "nobody heals it",
     [](record& of) {
       leave_out(of, [](auto const& one) {
         auto const* fault = std::get_if<timeline::fault>(&one.what);
         return fault != nullptr && fault->action == "healed";
       });
     }},
    {"nothing left behind", "a machine goes on", [](record& of) { of.lived.alive = 1; }},
    {"nothing left behind", "a descriptor stays open",
     [](record& of) { of.lived.descriptors = 1; }},
    {"nothing left behind", "a file stays", [](record& of) { of.lived.left_behind = {"x/ram"}; }},
    {"judged the same from the folder", "another word",
     [](record& of) { of.lived.done->said.verdict = "wedged"; }},
    {"judged the same from the folder", "other reasons",
     [](record& of) { of.lived.done->said.because.push_back("more"); }},
    {"sealed and readable", "no manifest", [](record& of) { of.sealed = false; }},
    {"sealed and readable", "a damaged file",
     [](record& of) { of.complaints = {"run.json is damaged"}; }},
};

TEST(promises, are_each_broken_by_a_mutation) {
  auto const good = good_life();
  std::set<std::string_view> proved;
  for (auto const& one : mutations) {
    auto spoiled = good;
    one.spoil(spoiled);
    auto const broken = broken_promises(spoiled);
    bool const noticed = std::any_of(broken.begin(), broken.end(), [&](auto const& how) {
      return how.starts_with(std::string(one.promise) + ":");
    });
    EXPECT_TRUE(noticed) << one.promise << ": nobody notices that " << one.what;
    proved.insert(one.promise);
  }
  for (auto const& one : promises())
    EXPECT_TRUE(proved.contains(one.name)) << one.name << " has no mutation that breaks it";
}

// --- machines that misbehave

class machine_that_stays final : public decorated_machine {
 public:
  machine_that_stays(std::unique_ptr<vm::machine> inner, loop::clock&)
      : decorated_machine(std::move(inner)) {}
  ~machine_that_stays() override { abandoned().push_back(std::move(inner_)); }
  loop::awaitable<void> stop(loop::duration) override { co_return; }
  void kill() override {}

 private:
  static std::vector<std::unique_ptr<vm::machine>>& abandoned() {
    static std::vector<std::unique_ptr<vm::machine>> all;
    return all;
  }
};

class machine_that_takes_its_time final : public decorated_machine {
 public:
  machine_that_takes_its_time(std::unique_ptr<vm::machine> inner, loop::clock& time)
      : decorated_machine(std::move(inner)), time_(time) {}
  loop::awaitable<void> stop(loop::duration patience) override {
    co_await time_.sleep_for(10min);
    co_await inner_->stop(patience);
  }

 private:
  loop::clock& time_;
};

// Deaf to whoever lets it go on: what the program calls healed is not.
class machine_that_is_not_woken final : public decorated_machine, private vm::host_process {
 public:
  machine_that_is_not_woken(std::unique_ptr<vm::machine> inner, loop::clock&)
      : decorated_machine(std::move(inner)) {}
  [[nodiscard]] vm::host_process* process() override { return this; }

 private:
  [[nodiscard]] pid_t pid() const override { return real().pid(); }
  bool signal(int number) override { return number == SIGCONT || real().signal(number); }
  [[nodiscard]] std::optional<vm::thread_stat> main_thread() const override {
    return real().main_thread();
  }
  [[nodiscard]] std::optional<vm::thread_stat> vcpu_thread(std::size_t index) const override {
    return real().vcpu_thread(index);
  }
  [[nodiscard]] std::size_t vcpu_threads() const override { return real().vcpu_threads(); }
  [[nodiscard]] vm::host_process& real() const { return *inner_->process(); }
};

class decorated_machine_as_it_is final : public decorated_machine {
 public:
  decorated_machine_as_it_is(std::unique_ptr<vm::machine> inner, loop::clock&)
      : decorated_machine(std::move(inner)) {}
};

constexpr auto recipe_with_a_stop = R"(name: spoiled
image: linux
machine: {vcpus: 1, memory: 256MiB}
disks: {data: 64MiB}
budgets: {boot: 20s, no_progress: 20s, run: 60s}
expect: passed
steps:
  - wait: 2s
  - inject: {fault: sigstop, as: stopped}
  - wait: 2s
  - heal: stopped
  - wait: 8s
)";

template <class Machine>
std::vector<std::string> broken_on(std::string_view recipe = recipe_with_a_fault) {
  auto const home = loop::temporary_directory::make("/dev/shm").value();
  life_options options{.seed = 1, .what = plan_of(recipe)};
  options.into = std::filesystem::path(home.path()) / "run";
  options.wrap = [](std::unique_ptr<vm::backend> inner, loop::clock& time) {
    return std::make_unique<decorated_backend<Machine>>(std::move(inner), time);
  };
  return broken_promises(read_back(options, play(options)));
}

bool holds_one_of(std::vector<std::string> const& broken, std::string_view name) {
  return std::any_of(broken.begin(), broken.end(),
                     [&](auto const& how) { return how.starts_with(name); });
}

TEST(promises, a_machine_that_does_not_go_is_noticed) {
  EXPECT_TRUE(holds_one_of(broken_on<machine_that_stays>(), "nothing left behind"));
}

TEST(promises, a_machine_that_takes_ten_minutes_to_go_is_noticed) {
  EXPECT_TRUE(holds_one_of(broken_on<machine_that_takes_its_time>(), "ends in time"));
}

TEST(promises, a_healing_that_does_nothing_is_noticed) {
  EXPECT_TRUE(broken_on<decorated_machine_as_it_is>(recipe_with_a_stop).empty());
  EXPECT_TRUE(
      holds_one_of(broken_on<machine_that_is_not_woken>(recipe_with_a_stop), "no fault left"));
}

}  // namespace
}  // namespace wedgehog::simulation
