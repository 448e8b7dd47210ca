#include "timeline/timeline.hpp"

#include <gtest/gtest.h>

#include <set>

namespace wedgehog::timeline {
namespace {

timeline one_of_each() {
  timeline all;
  auto const add = [&](payload what) {
    all.append({microseconds(1'000'001 * (1 + static_cast<int>(all.size()))), std::move(what)});
  };
  add(beat{"agent-fifo", 3, 12.5, 0.25});
  add(canary{"/mnt", 2, 1.5, 12, 3, "EIO"});
  add(workload{"writer", ~0ULL, 1, 2, "ended", 139, 11, "killed at its deadline"});
  add(console_line{"BUG: \"quoted\" \\ \t end", true});
  add(console_class{"panic", 1});
  add(qmp_event{"SHUTDOWN", R"({"guest":true})"});
  add(machine_state{false, -9, "", 0.5, "Z", "the line broke"});
  add(disk{"data", 1, 2, 3, 4, 5, 6.5, 7.5, 1, "hold-1"});
  add(vcpu{1, 0.5, true, false, 3, "native_safe_halt"});
  guest seen;
  seen.cpu_s = {{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10.25}};
  seen.memory_kb = {{"free", 1}};
  seen.pressure_s = {{"io_full", 1.25}};
  seen.disks = {{"vda", {1, 2, 3, 4}}};
  seen.blocked = {{7, "jbd2/vda-8", 12, "D", "io_schedule", {"a", "b"}, true}};
  add(seen);
  add(host{1.5, 0.25, 3.0});
  add(hold{false, "memory dump"});
  add(hold{true, "cpu-duty", 0.8});
  add(fault{"hold-1", "hold", "hit", "read at 4096", 1});
  add(step{"2.1", "run mkfs", "failed", "exit code 1"});
  add(milestone{"guest-ready", "6.1"});
  add(gap{"console", 17});
  add(probe{"sysrq-w", 0.8, 5, "console"});
  add(workload_tasks{.name = "fsx",
                     .states = {{"S", 2}, {"D", 1}},
                     .run_s = 1.5,
                     .switches = 812,
                     .pids = {150, 151, 152},
                     .waiting = {{151, "fsx", "D", 40, "folio_wait", {"folio_wait"}}},
                     .group = "/box",
                     .frozen = true,
                     .cpu_limit = 0.01,
                     .throttled_s = 2.25,
                     .pressure_s = {{"cpu_some", 0.5}},
                     .memory_events = {{"high", 12}}});
  add(output{"workload", "fsx", "stderr", "READ BAD DATA", true, 4096});
  return all;
}

TEST(timeline, every_kind_prints_and_reads_back) {
  auto const all = one_of_each();
  std::set<std::size_t> kinds;
  for (auto const& one : all.signals()) kinds.insert(one.what.index());
  ASSERT_EQ(kinds.size(), std::variant_size_v<payload>);
  auto const back = read_text(to_text(all));
  EXPECT_EQ(back.skipped, 0U) << back.first_complaint;
  EXPECT_EQ(back.signals.signals(), all.signals());
}

TEST(timeline, one_signal_is_one_readable_line) {
  EXPECT_EQ(to_text(signal{microseconds(12'345'678), beat{"agent-fifo", 1, {}, {}}}),
            R"({"t":12.345678,"signal":"beat","source":"agent-fifo","count":1})");
  EXPECT_EQ(to_text(signal{microseconds(0), milestone{}}),
            R"({"t":0.000000,"signal":"milestone"})");
}

TEST(timeline, what_cannot_be_read_is_counted_and_skipped) {
  auto text = to_text(one_of_each());
  text += "{\"t\":1,\"signal\":\"from-the-future\"}\nnot json\n{\"t\":\"x\",\"signal\":\"beat\"}\n";
  text += R"({"t":99.5,"signal":"be)";  // cut by a crash
  auto const back = read_text(text);
  EXPECT_EQ(back.skipped, 4U);
  EXPECT_NE(back.first_complaint.find("from-the-future"), std::string::npos);
  EXPECT_EQ(back.signals.signals(), one_of_each().signals());
}

TEST(text_reader, reads_the_same_wherever_the_text_is_cut) {
  auto const text = to_text(one_of_each()) + R"({"t":7,"signal":"milestone"})";
  auto const whole = read_text(text);
  ASSERT_EQ(whole.signals.size(), one_of_each().size() + 1);  // the last has no line feed
  for (std::size_t const piece : {1U, 2U, 7U, 64U, 4096U}) {
    std::vector<signal> seen;
    text_reader reader([&seen](signal one) { seen.push_back(std::move(one)); });
    for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece));
    reader.finish();
    EXPECT_EQ(seen, whole.signals.signals()) << "in pieces of " << piece;
    EXPECT_EQ(reader.skipped(), 0U);
  }
}

TEST(text_reader, skips_a_line_without_end_in_bounded_memory_and_goes_on) {
  std::size_t seen = 0;
  text_reader reader([&seen](signal const&) { ++seen; });
  std::string const piece(1U << 20U, 'x');
  for (int i = 0; i < 64; ++i) reader.feed(piece);
  reader.feed("\n{\"t\":7,\"signal\":\"milestone\"}\n");
  reader.finish();
  EXPECT_EQ(seen, 1U);
  EXPECT_EQ(reader.skipped(), 1U);
  EXPECT_EQ(reader.first_complaint(), "a timeline line is too long");
}

TEST(timeline, bytes_that_are_not_utf8_are_replaced) {
  auto const text =
      to_text(signal{microseconds(1), console_line{"a\xff\xc3(\xed\xa0\x80z", false}});
  auto const back = from_text(text);
  ASSERT_TRUE(back) << back.error().message();
  auto const& line = std::get<console_line>(back->what).text;
  EXPECT_EQ(line.front(), 'a');
  EXPECT_EQ(line.back(), 'z');
  EXPECT_EQ(to_text(*back), text);
}

TEST(timeline, times_before_zero_survive) {
  signal const early{microseconds(-500'000), milestone{"x", ""}};
  auto const back = from_text(to_text(early));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->at, early.at);
}

}  // namespace
}  // namespace wedgehog::timeline
