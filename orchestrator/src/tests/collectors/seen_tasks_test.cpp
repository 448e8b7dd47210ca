// What an agent tells of the tasks of workloads, honest or not: as a signal with its units, cut to
// size, and within what observations may take.
#include "collectors/seen_tasks.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "collectors/agent_signals.hpp"
#include "timeline/timeline.hpp"

namespace wedgehog::collectors {
namespace {

constexpr auto most = std::numeric_limits<std::uint64_t>::max();

wire::workload_tasks told() {
  wire::workload_tasks one;
  one.name = "writer";
  one.running = 1;
  one.sleeping = 2;
  one.blocked = 3;
  one.cpu_ticks = 150;
  one.switches = 41;
  one.pids = {7, 8};
  one.waiting = {{8, "dd", "D", 12, "folio_wait_bit", {"folio_wait_bit", "ext4_sync_file"}}};
  one.group = "/small";
  one.cpu_limit = 100;
  one.throttled_us = 2'500'000;
  one.has_pressure = true;
  one.memory_full_us = 500'000;
  one.memory_high = 9;
  return one;
}

// As large as the wire lets it be, and larger.
wire::workload_tasks hostile() {
  auto one = told();
  one.name = std::string(47, 'n');
  wire::waiting_task const task{
      most % 1000, std::string(5000, 'c'), std::string(5000, 's'),
      most,        std::string(5000, 'w'), std::vector<std::string>(50, std::string(5000, 'f'))};
  one.waiting.assign(50, task);
  one.pids.assign(100'000, 1);
  one.group = std::string(50'000, 'g');
  return one;
}

TEST(seen_tasks, are_told_in_seconds_and_processors) {
  auto const seen = seen_of(told());
  EXPECT_EQ(seen.name, "writer");
  EXPECT_EQ(seen.states, (std::map<std::string, std::uint64_t>{{"R", 1}, {"S", 2}, {"D", 3}}));
  EXPECT_DOUBLE_EQ(seen.run_s, 1.5);
  EXPECT_EQ(seen.switches, 41U);
  EXPECT_EQ(seen.pids, (std::vector<std::int64_t>{7, 8}));
  ASSERT_EQ(seen.waiting.size(), 1U);
  EXPECT_EQ(seen.waiting[0],
            (timeline::waiting_task{
                8, "dd", "D", 12, "folio_wait_bit", {"folio_wait_bit", "ext4_sync_file"}}));
  EXPECT_EQ(seen.cpu_limit, 0.01);
  EXPECT_DOUBLE_EQ(seen.throttled_s, 2.5);
  EXPECT_DOUBLE_EQ(seen.pressure_s.at("memory_full"), 0.5);
  EXPECT_EQ(seen.memory_events.at("high"), 9U);
}

// What nobody measured is absent, and not zero.
TEST(seen_tasks, without_a_group_have_no_limit_and_no_pressure) {
  auto one = told();
  one.group = "/";
  one.cpu_limit = 0;
  one.has_pressure = false;
  one.memory_high = 0;
  auto const seen = seen_of(one);
  EXPECT_FALSE(seen.cpu_limit);
  EXPECT_TRUE(seen.pressure_s.empty());
  EXPECT_TRUE(seen.memory_events.empty());
}

TEST(seen_tasks, of_any_size_are_cut_to_size) {
  auto const seen = seen_of(hostile());
  EXPECT_EQ(seen.pids.size(), wire::listed_pids_limit);
  EXPECT_EQ(seen.waiting.size(), wire::waiting_tasks_limit);
  for (auto const& task : seen.waiting) EXPECT_EQ(task.frames.size(), wire::stack_limit);
  auto const text = timeline::to_text({microseconds{}, seen});
  EXPECT_LT(text.size(), 20'000U);
  // What it is charged for covers what it takes in the timeline.
  EXPECT_GE(size_of(seen), text.size());
}

TEST(seen_tasks, survive_the_timeline_whatever_their_bytes) {
  auto one = told();
  one.waiting[0].comm = std::string("a\"\\\n\x80\xff\0b", 8);
  one.waiting[0].stack = {"\x1b[31m", ""};
  one.group = "/\xc3";
  one.throttled_us = one.cpu_ticks = one.switches = one.memory_high = most;
  one.memory_max = 1;
  auto const text = timeline::to_text({microseconds{}, seen_of(one)});
  std::vector<timeline::signal> read;
  timeline::text_reader reader([&read](timeline::signal const& each) { read.push_back(each); });
  reader.feed(text + "\n");
  reader.finish();
  ASSERT_EQ(read.size(), 1U) << text;
  EXPECT_EQ(timeline::to_text(read[0]), text);
}

// Their sums do not turn round: nine events, or so many that nobody counts them, are some.
TEST(seen_tasks, whose_memory_events_add_up_beyond_a_number_are_still_told) {
  auto one = told();
  one.memory_high = most;
  one.memory_max = 1;
  EXPECT_EQ(seen_of(one).memory_events.at("high"), most);
}

TEST(seen_tasks, of_a_flood_are_a_count) {
  boost::asio::io_context context;
  loop::manual_clock time{context.get_executor()};
  std::uint64_t bytes = 0;
  std::uint64_t tasks = 0;
  std::uint64_t lost = 0;
  agent_signals signals{[&](timeline::payload what) {
                          tasks += std::holds_alternative<timeline::workload_tasks>(what);
                          if (auto const* gap = std::get_if<timeline::gap>(&what))
                            lost += gap->lost;
                          bytes += timeline::to_text({microseconds{}, std::move(what)}).size();
                        },
                        time};
  wire::observation seen;
  auto one = told();
  one.waiting.assign(10,
                     {1, "w", "S", 1, "w", std::vector<std::string>(10, std::string(200, 'f'))});
  seen.workloads.assign(4 * wire::workloads_limit, one);
  agent::event const flood{seen};
  for (int i = 0; i < 500; ++i) signals.take(flood);
  signals.finish();
  EXPECT_GT(tasks, 0U);
  EXPECT_GT(lost, 0U);
  EXPECT_LT(bytes, 4U << 20U);
}

}  // namespace
}  // namespace wedgehog::collectors
