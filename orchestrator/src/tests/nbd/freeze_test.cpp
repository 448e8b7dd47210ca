// A disk that is drained while it holds requests, and what comes again afterwards.
#include <gtest/gtest.h>

#include "tests/nbd/recording_client.hpp"

namespace wedgehog::nbd {
namespace {

using namespace std::chrono_literals;
using testing::bench_disk;

TEST(freeze, turns_holds_into_errors_and_lets_the_delayed_go) {
  bench_disk bench;
  bench.inject("stuck=hold:operations=write+flush,after=1");
  bench.inject("slow=latency:delay=1h,operations=flush");
  auto const delayed = bench.flush();
  auto const held = bench.write(0, "x");
  auto const held_flush = bench.flush();
  auto const report = bench.disk->freeze();
  EXPECT_EQ(report.failed, 2U);
  EXPECT_EQ(report.let_through, 1U);
  EXPECT_EQ(bench.outcome(held), EIO);
  EXPECT_EQ(bench.outcome(held_flush), EIO);
  EXPECT_EQ(bench.outcome(delayed), 0);
  EXPECT_EQ(bench.outcome(bench.write(0, "x")), EIO) << "the guest runs on for a moment";
  EXPECT_EQ(bench.outcome(bench.flush()), 0) << "QEMU flushes before it captures the machine";
  EXPECT_EQ(bench.read(0, 1), std::string(1, '\0'));
  bench.disk->thaw();
  EXPECT_EQ(bench.outcome(bench.write(0, "x")), -1);
  EXPECT_EQ(bench.outcome(bench.flush()), -1);
}

TEST(freeze, what_a_client_kept_is_held_again_and_is_no_new_request) {
  bench_disk bench;
  bench.inject("slow=latency:delay=1s,operations=write,times=1");
  bench.inject("stuck=hold:operations=write,times=1");
  auto const first = bench.write(4096, "abcd");
  bench.pass(1s);
  bench.pass(4s);
  EXPECT_EQ(bench.disk->freeze({.patience = 5s}).failed, 1U);
  EXPECT_EQ(bench.outcome(first), EIO);
  EXPECT_EQ(bench.disk->sample().held, 0U);
  bench.pass(5s);
  bench.disk->thaw();
  auto const other = bench.write(0, "other");
  EXPECT_EQ(bench.outcome(other), 0) << "only one is held";
  auto const again = bench.write(4096, "abcd");
  EXPECT_EQ(bench.outcome(again), -1);
  auto const seen = bench.disk->sample();
  EXPECT_EQ(seen.held_by, "stuck");
  EXPECT_NEAR(*seen.oldest_s, 10, 0.001) << "it is as old as for the guest";
  EXPECT_EQ(bench.disk->hits("stuck"), 1U);
  EXPECT_EQ(bench.disk->hits("slow"), 1U) << "what it had met, it does not meet again";
  EXPECT_EQ(bench.told("held again"), 1U);
  ASSERT_TRUE(bench.disk->heal("stuck"));
  EXPECT_EQ(bench.outcome(again), 0);
  EXPECT_EQ(bench.read(4096, 4), "abcd");
  EXPECT_EQ(bench.outcome(bench.write(4096, "efgh")), 0) << "nothing is awaited any more";
}

TEST(freeze, knows_what_comes_again_in_other_pieces) {
  bench_disk bench;
  bench.inject("stuck=hold:operations=write,times=2");
  bench.write(0, std::string(4096, 'a'));
  bench.write(4096, std::string(4096, 'b'));
  EXPECT_EQ(bench.disk->freeze().failed, 2U);
  bench.disk->thaw();
  auto const merged = bench.write(0, std::string(8192, 'c'));
  EXPECT_EQ(bench.outcome(merged), -1);
  EXPECT_EQ(bench.outcome(bench.write(4096, "x")), 0);
  EXPECT_EQ(bench.disk->freeze().failed, 1U);
  bench.disk->thaw();
  EXPECT_EQ(bench.outcome(bench.write(0, std::string(512, 'd'))), -1);
  EXPECT_EQ(bench.outcome(bench.write(512, std::string(7680, 'e'))), -1) << "the rest of it";
  EXPECT_EQ(bench.outcome(bench.write(0, "x")), 0);
}

TEST(freeze, what_a_silent_fault_did_before_is_still_done) {
  bench_disk bench;
  bench.inject("astray=misdirected-write:to=65536,times=1");
  bench.inject("stuck=hold:operations=write,times=1");
  bench.write(4096, "abcd");
  EXPECT_EQ(bench.disk->freeze().failed, 1U);
  bench.disk->thaw();
  bench.write(4096, "abcd");
  ASSERT_TRUE(bench.disk->heal("stuck"));
  EXPECT_EQ(bench.read(65536, 4), "abcd");
  EXPECT_EQ(bench.read(4096, 4), std::string(4, '\0'));
  EXPECT_EQ(bench.disk->hits("astray"), 1U);
}

TEST(freeze, a_hold_that_became_something_else_awaits_nothing) {
  bench_disk bench;
  bench.inject("x=hold:operations=write");
  bench.write(0, "a");
  EXPECT_EQ(bench.disk->freeze().failed, 1U);
  bench.inject("x=latency:operations=write,delay=1s");
  bench.disk->thaw();
  auto const again = bench.write(0, "a");
  bench.pass(1s);
  EXPECT_EQ(bench.outcome(again), 0);
}

TEST(freeze, a_long_delay_goes_on_where_it_was_and_a_short_one_is_waited_for) {
  bench_disk bench;
  bench.inject("slow=latency:trace=1m+3s,operations=write");
  auto const longer = bench.write(0, "long");
  auto const shorter = bench.write(4096, "short");
  bench.pass(1s);
  auto const report = bench.disk->freeze({.patience = 5s});
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(bench.outcome(longer), EIO);
  EXPECT_EQ(bench.outcome(shorter), -1);
  bench.pass(2s);
  EXPECT_EQ(bench.outcome(shorter), 0);
  bench.disk->thaw();
  auto const again = bench.write(0, "long");
  bench.pass(56s);
  EXPECT_EQ(bench.outcome(again), -1);
  bench.pass(1s);
  EXPECT_EQ(bench.outcome(again), 0) << "a minute after it was first asked";
}

TEST(freeze, what_must_not_fail_passes_and_was_not_hit) {
  bench_disk bench;
  bench.inject("stuck=hold:operations=read+write,times=1");
  bench.disk->freeze({.fails_reads = false, .fails_others = true});
  EXPECT_EQ(bench.read(65536, 4).size(), 4U);
  EXPECT_EQ(bench.disk->hits("stuck"), 0U);
  bench.disk->thaw();
  auto const held = bench.ask(operation::read, 65536, 4);
  EXPECT_EQ(bench.outcome(held), -1);
  EXPECT_TRUE(bench.disk->detained(1s).reads);
  EXPECT_FALSE(bench.disk->detained(1s).others);
  EXPECT_EQ(bench.disk->freeze({.fails_reads = false}).failed, 0U);
  EXPECT_EQ(bench.outcome(held), -1);
}

TEST(freeze, what_is_healed_or_forgotten_is_not_awaited) {
  for (bool const healed : {true, false}) {
    bench_disk bench;
    bench.inject("stuck=hold:operations=write+flush,times=2");
    bench.write(0, "x");
    bench.flush();
    EXPECT_EQ(bench.disk->freeze().failed, 2U);
    EXPECT_EQ(bench.disk->ledger_json().at("to_be_asked_again").to_number<int>(), 2);
    if (healed)
      ASSERT_TRUE(bench.disk->heal("stuck"));
    else
      bench.disk->expect_nothing_again();
    bench.disk->thaw();
    EXPECT_EQ(bench.outcome(bench.write(0, "x")), 0);
    EXPECT_EQ(bench.outcome(bench.flush()), 0);
    EXPECT_EQ(bench.told("held again"), 0U);
  }
}

}  // namespace
}  // namespace wedgehog::nbd
