#include "conductor/recorder.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "conductor/console_intake.hpp"
#include "conductor/workload_book.hpp"
#include "timeline/timeline.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

struct recording : ::testing::Test {
  loop::asio::io_context context{1};
  loop::manual_clock time{context.get_executor()};
  std::string kept;
  recorder record{time, [this](std::string piece) { kept += piece; }};
};

TEST_F(recording, a_watcher_may_end_any_watch_even_its_own) {
  std::vector<std::string> told;
  std::optional<recorder::watch> first;
  std::optional<recorder::watch> second;
  std::optional<recorder::watch> third;
  first.emplace(record, [&](timeline::signal const&) {
    told.push_back("first");
    second.reset();  // the next one
    first.reset();
  });
  second.emplace(record, [&](timeline::signal const&) { told.push_back("second"); });
  third.emplace(record, [&](timeline::signal const&) { told.push_back("third"); });
  record.record(timeline::gap{"a", 1});
  record.record(timeline::gap{"b", 1});
  EXPECT_EQ(told, (std::vector<std::string>{"first", "third", "third"}));
}

TEST_F(recording, what_a_watcher_records_comes_after_for_everybody) {
  std::vector<std::string> early;
  std::vector<std::string> late;
  auto const source = [](timeline::signal const& one) {
    return std::get<timeline::gap>(one.what).source;
  };
  recorder::watch const one(record, [&](timeline::signal const& each) {
    early.push_back(source(each));
    if (early.back() == "cause") record.record(timeline::gap{"effect", 1});
  });
  recorder::watch const other(record,
                              [&](timeline::signal const& each) { late.push_back(source(each)); });
  record.record(timeline::gap{"cause", 1});
  EXPECT_EQ(early, (std::vector<std::string>{"cause", "effect"}));
  EXPECT_EQ(late, early);
  record.flush();
  EXPECT_LT(kept.find("cause"), kept.find("effect"));
}

// --- what a guest may fill -----------------------------------------------------------------------

struct flooded_console : recording {
  int lines(std::string_view kind) {
    record.flush();
    int count = 0;
    auto const read = timeline::read_text(kept);
    for (auto const& one : read.signals.signals())
      count += timeline::kind_of(one.what) == kind;
    return count;
  }
};

TEST_F(flooded_console, keeps_a_bounded_number_of_lines_and_says_so) {
  console_intake intake(record, {}, {});
  for (int i = 0; i < 120'000; ++i) intake.take("the guest says something", false);
  EXPECT_LE(lines("console_line"), static_cast<int>(console_intake::burst) + 1);
  EXPECT_GE(lines("gap"), 1);
  time.advance(100s);
  for (int i = 0; i < 100; ++i) intake.take("later", false);
  EXPECT_GE(lines("console_line"), static_cast<int>(console_intake::burst) + 100)
      << "a flood that is over silences nobody";
}

TEST_F(flooded_console, what_a_dying_kernel_says_is_kept_all_the_same) {
  console_intake intake(record, {}, {});
  for (int i = 0; i < 60'000; ++i) intake.take("noise", false);
  intake.take("[   12.000000] Kernel panic - not syncing: Fatal exception", false);
  record.flush();
  EXPECT_NE(kept.find("Kernel panic"), std::string::npos);
}

TEST_F(flooded_console, a_rule_of_the_recipe_hears_of_every_line) {
  int fatal = 0;
  console_intake intake(record, {{"bad", "really bad", plan::severity::fatal}},
                        [&fatal](std::string const&) { ++fatal; });
  for (int i = 0; i < 60'000; ++i) intake.take("noise", false);
  intake.take("really bad", false);
  EXPECT_EQ(fatal, 1);
}

// --- workloads -----------------------------------------------------------------------------------

timeline::signal report(std::string name, std::uint64_t done, std::string state = "running") {
  return {1s, timeline::workload{.name = std::move(name), .done = done, .state = std::move(state)}};
}

TEST(workload_book, knows_how_much_was_done_and_who_has_ended) {
  workload_book book;
  EXPECT_EQ(book.find("w"), nullptr);
  book.began(7, {.name = "w"});
  book.take(report("w", 40));
  EXPECT_EQ(book.find("w")->done, 40U);
  EXPECT_FALSE(book.find("w")->ended);
  book.take(report("w", 41, "ended"));
  EXPECT_TRUE(book.find("w")->ended) << "nobody waited for it, and it has ended all the same";
  book.take(report("w", 41));
  EXPECT_TRUE(book.find("w")->ended) << "a late report brings nobody back";
  book.began(8, {.name = "w"});
  EXPECT_FALSE(book.find("w")->ended);
}

TEST(workload_book, what_was_gone_with_its_guest_did_not_end) {
  workload_book book;
  book.began(7, {.name = "w"});
  book.forget_guest("the power cut of step 3");
  EXPECT_TRUE(book.find("w")->ended);
  EXPECT_EQ(book.find("w")->gone_with, "the power cut of step 3");
}

}  // namespace
}  // namespace wedgehog::conductor
