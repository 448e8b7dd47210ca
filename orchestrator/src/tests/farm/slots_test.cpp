// The queue of runs, with a performer that only pretends.
#include "farm/slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "tests/loop_runner.hpp"

namespace wedgehog::farm {
namespace {

using ::testing::ElementsAre;

// Performs jobs by name: each has a list of words that its runs end with, one after the other.
struct pretended {
  std::map<std::string, std::vector<std::string>> words;
  std::size_t alive = 0;
  std::vector<std::size_t> alive_with{};  // each run's: how many lived when it began, itself too
  std::vector<std::string> told{};

  loop::awaitable<result<run_report>> perform(std::string name) {
    alive_with.push_back(++alive);
    co_await loop::asio::post(loop::asio::use_awaitable);
    --alive;
    auto& mine = words.at(name);
    run_report report;
    report.run.facts.recipe = name;
    report.said.verdict = mine.front();
    report.said.met = mine.front() == "passed";
    mine.erase(mine.begin());
    co_return report;
  }

  void run(std::vector<std::string> const& names, slot_terms terms) {
    loop::asio::io_context context;
    loop::interruption stop(context.get_executor());
    std::vector<job> jobs;
    for (auto const& name : names) {
      jobs.emplace_back();
      jobs.back().what.name = name;
    }
    auto const one = [this](job const& each) { return perform(each.what.name); };
    auto const on_report = [this](run_report const& report) {
      told.push_back(report.run.facts.recipe + (report.said.met ? " met" : " unmet") +
                     (report.again ? " again" : ""));
    };
    testing::run_to_end(context, finish(play_all(one, stop, jobs, terms, on_report)));
  }

  static loop::awaitable<void> finish(loop::awaitable<result<void>> all) {
    auto const done = co_await std::move(all);
    EXPECT_TRUE(done);
  }
};

TEST(slots, a_starved_run_is_done_again_when_the_others_are_over) {
  pretended host{
      {{"starved", {"host-starved", "passed"}}, {"calm", {"passed"}}, {"wrong", {"wedged"}}}};
  host.run({"starved", "calm", "wrong"}, {.at_once = 3, .again_if_starved = true});
  EXPECT_THAT(host.told,
              ElementsAre("starved unmet again", "calm met", "wrong unmet", "starved met"));
}

TEST(slots, it_is_done_again_once_and_alone) {
  auto const twice = std::vector<std::string>{"host-starved", "host-starved"};
  pretended host{{{"one", twice}, {"two", twice}}};
  host.run({"one", "two"}, {.at_once = 2, .again_if_starved = true});
  EXPECT_THAT(host.told,
              ElementsAre("one unmet again", "two unmet again", "one unmet", "two unmet"));
  EXPECT_THAT(host.alive_with, ElementsAre(1U, 2U, 1U, 1U));
}

TEST(slots, a_run_that_was_alone_or_must_not_is_not_done_again) {
  pretended alone{{{"one", {"host-starved"}}}};
  alone.run({"one"}, {.at_once = 4, .again_if_starved = true});
  EXPECT_THAT(alone.told, ElementsAre("one unmet"));
  pretended unasked{{{"one", {"host-starved"}}, {"two", {"passed"}}}};
  unasked.run({"one", "two"}, {.at_once = 2});
  EXPECT_THAT(unasked.told, ElementsAre("one unmet", "two met"));
}

TEST(slots, who_does_not_know_what_the_host_bears_backs_off_when_it_starves_a_run) {
  std::map<std::string, std::vector<std::string>> words{{"hungry", {"host-starved"}}};
  std::vector<std::string> names{"hungry"};
  for (int i = 0; i < 16; ++i) {
    names.push_back(std::to_string(i));
    words[names.back()] = {"passed"};
  }
  pretended host{words};
  std::vector<std::string> said;
  host.run(names, {.at_once = 8, .backs_off = [&said](std::string what) { said.push_back(what); }});
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said[0], ::testing::HasSubstr("6 at once instead of 8"));
  EXPECT_EQ(host.told.size(), names.size());
  EXPECT_EQ(host.alive_with.back(), 6U);
  // Whoever named a number keeps it.
  pretended obeyed{words};
  obeyed.run(names, {.at_once = 8});
  EXPECT_EQ(obeyed.alive_with.back(), 8U);
}

}  // namespace
}  // namespace wedgehog::farm
