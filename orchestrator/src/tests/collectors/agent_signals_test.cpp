#include "collectors/agent_signals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <vector>

#include "timeline/milestones.hpp"

namespace wedgehog::collectors {
namespace {

using namespace std::chrono_literals;

struct listener {
  void takes(agent::event const& one) { signals.take(one); }
  template <class Kind>
  [[nodiscard]] std::vector<Kind> heard() const {
    std::vector<Kind> found;
    for (auto const& one : all)
      if (auto const* kind = std::get_if<Kind>(&one)) found.push_back(*kind);
    return found;
  }
  [[nodiscard]] std::size_t milestones(timeline::reached what) const {
    std::size_t count = 0;
    for (auto const& one : heard<timeline::milestone>()) count += timeline::is(one, what);
    return count;
  }
  [[nodiscard]] std::uint64_t lost() const {
    std::uint64_t sum = 0;
    for (auto const& one : heard<timeline::gap>()) sum += one.lost;
    return sum;
  }
  boost::asio::io_context context;
  loop::manual_clock time{context.get_executor()};
  std::vector<timeline::payload> all;
  agent_signals signals{[this](timeline::payload what) { all.push_back(std::move(what)); }, time};
};

wire::output says(std::string_view workload, std::string bytes, std::uint64_t offset = 0) {
  wire::output piece;
  piece.request = 12;
  piece.workload = workload;
  piece.offset = offset;
  piece.bytes = std::move(bytes);
  return piece;
}

wire::beat beat_of(std::string_view workload, wire::workload_state state) {
  wire::beat beat;
  beat.number = 1;
  wire::workload_report report;
  report.name = workload;
  report.request = 12;
  report.done = 41;
  report.state = state;
  beat.workloads.push_back(report);
  return beat;
}

TEST(agent_signals, a_workloads_output_and_last_words_reach_the_timeline) {
  listener one;
  one.takes(says("fsx", "first\nhalf"));  // before any beat knows it
  one.takes(beat_of("fsx", wire::workload_state::running));
  wire::ended end;
  end.request = 12;
  end.exit_status = 205;
  end.output_bytes = 1010;
  one.takes(end);
  auto const lines = one.heard<timeline::output>();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], (timeline::output{"workload", "fsx", "stdout", "first", false, 0}));
  EXPECT_EQ(lines[1].text, "half");
  EXPECT_EQ(lines[2].omitted, 1000U);
  auto const last = one.heard<timeline::workload>().back();
  EXPECT_EQ(last.state, "ended");
  EXPECT_EQ(last.done, 41U);
  EXPECT_EQ(last.exit_code, 205);
  EXPECT_EQ(last.killed_by, 0);
}

TEST(agent_signals, how_a_workload_ended_is_told_in_numbers_and_words) {
  listener one;
  one.takes(beat_of("w", wire::workload_state::running));
  wire::ended stuck;
  stuck.request = 12;
  stuck.unkillable = stuck.timed_out = true;
  stuck.stuck_in = "D folio_wait_bit_common <- filemap_fault";
  one.takes(stuck);
  auto told = one.heard<timeline::workload>().back();
  EXPECT_EQ(told.state, "running");
  EXPECT_EQ(told.reports, 0U);
  EXPECT_THAT(told.last_words, ::testing::HasSubstr("D folio_wait_bit_common"));
  wire::ended killed;
  killed.request = 12;
  killed.signal = 9;
  killed.timed_out = true;
  one.takes(killed);
  told = one.heard<timeline::workload>().back();
  EXPECT_EQ(told.exit_code, 137);
  EXPECT_EQ(told.killed_by, 9);
  EXPECT_EQ(told.last_words, "killed at its deadline");
}

TEST(agent_signals, each_real_start_is_a_milestone_and_forged_ones_are_a_count) {
  listener one;
  constexpr std::uint64_t forged = 100'000;
  for (std::uint64_t i = 0; i < forged; ++i) one.takes(agent::restarted{});
  for (std::uint64_t i = 0; i < forged; ++i) one.takes(agent::incompatible{"nonsense"});
  auto const told = one.milestones(timeline::reached::agent_restarted) +
                    one.milestones(timeline::reached::agent_incompatible);
  EXPECT_GE(told, 4U);
  EXPECT_LT(told, 20U);
  one.time.advance(60s);
  one.takes(agent::restarted{});  // a real one, later
  EXPECT_EQ(one.milestones(timeline::reached::agent_restarted) +
                one.milestones(timeline::reached::agent_incompatible),
            told + 1);
  EXPECT_EQ(one.lost(), 2 * forged - told);
}

TEST(agent_signals, signs_that_no_honest_agent_sends_are_a_count) {
  listener one;
  auto const beat = beat_of("w", wire::workload_state::running);
  wire::observation seen;
  for (int i = 0; i < 100'000; ++i) {
    one.takes(beat);
    one.takes(seen);
  }
  one.signals.finish();
  EXPECT_LT(one.all.size(), 6000U);
  EXPECT_EQ(one.heard<timeline::beat>().size() + one.heard<timeline::guest>().size() + one.lost(),
            200'000U);
  // A minute of an honest agent's, kept back by a host that was stopped, comes whole.
  listener later;
  for (int i = 0; i < 60; ++i) {
    later.takes(beat);
    later.takes(beat);
    later.takes(seen);
  }
  EXPECT_EQ(later.heard<timeline::beat>().size(), 120U);
  EXPECT_EQ(later.lost(), 0U);
}

TEST(agent_signals, invented_workloads_are_bounded) {
  listener one;
  for (int i = 0; i < 10'000; ++i) {
    auto piece = says("w" + std::to_string(i), "line\n");
    piece.request = static_cast<std::uint64_t>(i) + 1;
    one.takes(piece);
  }
  EXPECT_LT(one.heard<timeline::output>().size(), 100U);
  one.signals.finish();
  EXPECT_GT(one.lost(), 9'000U);
}

TEST(agent_signals, an_observation_of_any_size_is_cut_to_size) {
  wire::observation seen;
  seen.cpus.resize(4000);
  for (int i = 0; i < 4000; ++i) {
    wire::blocked_task task;
    task.comm = std::string(1000, 'x');
    task.stack.resize(100, std::string(1000, 'y'));
    seen.blocked_tasks.push_back(task);
    wire::disk_counts disk;
    disk.name = std::to_string(i);
    seen.disks.push_back(disk);
  }
  listener one;
  one.takes(seen);
  auto const told = one.heard<timeline::guest>().at(0);
  EXPECT_TRUE(told.blocked_cut_short);
  EXPECT_LT(timeline::to_text({microseconds{}, told}).size(), 2'000'000U);
}

}  // namespace
}  // namespace wedgehog::collectors
