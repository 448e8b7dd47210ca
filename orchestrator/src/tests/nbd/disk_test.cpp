#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>

#include "nbd/control.hpp"
#include "tests/nbd/recording_client.hpp"
#include "tests/nbd/scratch.hpp"

namespace wedgehog::nbd {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using wedgehog::testing::bench_disk;
using wedgehog::testing::scratch;

TEST(fault_disk, a_sample_tells_what_happened_since_the_last_and_what_is_in_flight) {
  bench_disk bench;
  bench.write(0, "x");
  bench.read(0, 1);
  bench.flush();
  auto first = bench.disk->sample();
  EXPECT_EQ(first.name, "data");
  EXPECT_EQ(first.reads, 1U);
  EXPECT_EQ(first.writes, 1U);
  EXPECT_EQ(first.flushes, 1U);
  EXPECT_EQ(first.in_flight, 0U);
  EXPECT_FALSE(first.oldest_s);
  bench.inject("stuck=hold:operations=flush");
  bench.flush();
  bench.pass(7s);
  bench.inject("bad=error:operations=write");
  bench.write(0, "x");
  auto const second = bench.disk->sample();
  EXPECT_EQ(second.reads, 0U);
  EXPECT_EQ(second.writes, 1U);
  EXPECT_EQ(second.failed, 1U);
  EXPECT_EQ(second.in_flight, 1U);
  EXPECT_EQ(second.held, 1U);
  EXPECT_EQ(second.held_by, "stuck");
  EXPECT_DOUBLE_EQ(second.oldest_s.value(), 7);
  EXPECT_DOUBLE_EQ(second.idle_s.value(), 0);
}

TEST(fault_disk, a_vanished_client_frees_everything_and_nothing_of_it_is_performed) {
  bench_disk bench;
  bench.inject("stuck=hold:operations=write");
  bench.inject("slow=latency:delay=1s,operations=zero");
  testing::recording_client other;
  bench.disk->attach(other);
  std::string const payload(4096, 'x');
  for (std::uint64_t i = 0; i < 20; ++i) {
    bench.disk->submit(other, {.what = operation::write, .length = 4096, .offset = i * 4096},
                       std::as_bytes(std::span(payload)), bench.now);
    bench.disk->submit(other, {.what = operation::zero, .length = 4096}, {}, bench.now);
  }
  auto const mine = bench.write(0, "mine");
  EXPECT_EQ(other.in_flight(), 40U);
  EXPECT_EQ(other.kept_bytes(), 20U * 4096);
  bench.disk->detach(other);
  EXPECT_EQ(other.in_flight(), 0U);
  EXPECT_EQ(other.kept_bytes(), 0U);
  EXPECT_EQ(bench.disk->sample().in_flight, 1U);
  EXPECT_EQ(*bench.disk->release({}), 1U);
  bench.pass(10s);
  EXPECT_EQ(bench.outcome(mine), 0);
  EXPECT_TRUE(other.replies.empty());
  EXPECT_EQ(bench.read(4096, 1), std::string(1, '\0'));
  EXPECT_EQ(bench.disk->ledger_json().at("abandoned").to_number<int>(), 40);
  EXPECT_FALSE(bench.disk->next_deadline()) << "stale deadlines do not wake anybody";
}

TEST(fault_disk, conditions_stand_in_the_order_of_their_injection) {
  bench_disk bench;
  bench.inject("first=latency:delay=1s");
  bench.inject("second=error");
  auto const asked = bench.flush();
  bench.pass(999ms);
  EXPECT_EQ(bench.outcome(asked), -1);
  bench.pass(1ms);
  EXPECT_EQ(bench.outcome(asked), EIO);
  bench.disk->heal_all();
  bench.inject("first=error");
  bench.inject("second=latency:delay=1s");
  EXPECT_EQ(bench.outcome(bench.flush()), EIO) << "an error does not wait for what comes later";
}

TEST(fault_disk, what_waits_for_a_healed_condition_still_meets_the_later_ones) {
  bench_disk bench;
  bench.inject("first=hold");
  bench.inject("second=error");
  auto const asked = bench.flush();
  ASSERT_TRUE(bench.disk->heal("first"));
  EXPECT_EQ(bench.outcome(asked), EIO);
  EXPECT_FALSE(bench.disk->heal("first"));
}

TEST(fault_disk, overlapping_writes_that_wait_are_performed_in_the_order_of_their_release) {
  bench_disk bench;
  bench.inject("stuck=hold:operations=write");
  bench.write(0, "aaaa");
  bench.write(2, "bbbb");
  bench.write(1, "cc");
  ASSERT_TRUE(bench.disk->release({.newest_first = true}));
  EXPECT_EQ(bench.read(0, 6), "aaaabb");
}

TEST(fault_disk, a_full_host_is_told_apart_from_an_injected_error) {
  bench_disk bench;
  bench.inject("full=error:operations=write,error=ENOSPC,times=1");
  bench.write(0, "x");
  EXPECT_EQ(bench.told("host disk full"), 0U);
  EXPECT_EQ(bench.told("hit"), 1U);
  EXPECT_FALSE(bench.disk->ledger_json().contains("host_trouble"));
}

// A file-size limit fails a write as a full file system does, and needs no mount.
class no_room {
 public:
  explicit no_room(rlim_t bytes) : old_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    struct rlimit const low{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
  }
  ~no_room() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, old_);
  }

 private:
  struct rlimit before_ {};
  void (*old_)(int);
};

TEST(fault_disk, waits_for_room_on_the_host_and_names_what_is_full) {
  for (bool const cached : {false, true}) {
    scratch dir;
    bench_disk bench(
        {.name = "data", .size = 1U << 20U, .overlay = dir / "overlay", .waits_for_room = true});
    if (cached) bench.inject("cache=write-cache:capacity=512");
    std::uint64_t asked = 0;
    {
      no_room const full(65536);
      asked = bench.write(131072, std::string(4096, 'x'));
      bench.pass(3s);
      EXPECT_EQ(bench.outcome(asked), -1);
      EXPECT_EQ(bench.disk->sample().held_by, "room on the host's disk");
    }
    EXPECT_EQ(bench.told("host disk full"), 3U) << "at the first, the second and the fourth";
    auto const& detail = bench.events.back().detail;
    EXPECT_THAT(detail,
                HasSubstr("'data', kept in " + dir / "overlay" + " (on the file system at /"));
    EXPECT_THAT(detail, HasSubstr("File too large"));
    bench.pass(1s);
    EXPECT_EQ(bench.outcome(asked), 0) << "space came back";
    bench.flush();
    EXPECT_EQ(bench.read(131072, 4096), std::string(4096, 'x'));
  }
}

TEST(fault_disk, the_hosts_own_full_disk_is_told_as_such) {
  scratch dir;
  bench_disk bench({.name = "data", .size = 1U << 20U, .overlay = dir / "overlay"});
  std::uint64_t asked = 0;
  {
    no_room const full(65536);
    asked = bench.write(131072, std::string(4096, 'x'));
  }
  EXPECT_NE(bench.outcome(asked), 0);
  EXPECT_EQ(bench.told("host disk full"), 1U);
  EXPECT_EQ(bench.told("hit"), 0U);
  EXPECT_EQ(bench.disk->ledger_json().at("host_trouble").to_number<int>(), 1);
  EXPECT_EQ(bench.outcome(bench.write(131072, std::string(4096, 'y'))), 0) << "space came back";
}

TEST(fault_disk, a_snapshot_has_the_unflushed_writes_or_not) {
  scratch dir;
  auto const base = dir.write("base", std::string(65536, 'b'));
  for (bool const overlaid : {false, true}) {
    auto const image = dir.write("image", std::string(65536, 'b'));
    bench_disk bench(
        {.name = "d", .base = image, .overlay = overlaid ? dir / "overlay" : std::string()});
    bench.inject("write-cache");
    bench.write(0, "flushed");
    bench.flush();
    bench.write(4096, "unflushed");
    ASSERT_TRUE(bench.disk->snapshot(dir / "seen"));
    ASSERT_TRUE(bench.disk->snapshot(dir / "durable", true));
    for (auto const& [file, second] : {std::pair("seen", "unflushed"), {"durable", "bbbbbbbbb"}}) {
      bench_disk copy(overlaid ? disk_options{.base = base, .overlay = dir / file}
                               : disk_options{.base = dir / file});
      EXPECT_EQ(copy.read(0, 7), "flushed") << file << overlaid;
      EXPECT_EQ(copy.read(4096, 9), second) << file << overlaid;
    }
    EXPECT_EQ(bench.read(4096, 9), "unflushed");
  }
}

TEST(control, says_and_obeys_one_line_each) {
  bench_disk bench;
  auto const say = [&](std::string const& line) { return obey_line(*bench.disk, line); };
  EXPECT_EQ(say(R"({"do":"inject","fault":"stuck=hold:operations=flush"})"), R"({"ok":true})");
  EXPECT_EQ(say(R"({"do":"inject","fault":{"kind":"latency","delay":"1ms"}})"), R"({"ok":true})");
  bench.flush();
  EXPECT_THAT(say(R"({"do":"ledger"})"), HasSubstr(R"("waits_for":"stuck")"));
  EXPECT_THAT(say(R"({"do":"sample"})"), HasSubstr(R"("held":1)"));
  EXPECT_EQ(say(R"({"do":"release","count":1})"), R"({"ok":true,"released":1})");
  EXPECT_EQ(say(R"({"do":"freeze"})"), R"({"ok":true,"failed":0,"let_through":1})");
  EXPECT_EQ(say(R"({"do":"thaw"})"), R"({"ok":true})");
  EXPECT_EQ(say(R"({"do":"heal","name":"stuck"})"), R"({"ok":true})");
  EXPECT_EQ(say(R"({"do":"heal"})"), R"({"ok":true})");
  EXPECT_THAT(say(R"({"do":"power-cut","survive":"none"})"), HasSubstr(R"("unflushed":0)"));
  for (auto const* const wrong :
       {"", "[]", "{", R"({"do":1})", R"({"do":"explode"})", R"({"do":"heal","name":"nobody"})",
        R"({"do":"inject","fault":"latency:delay=1"})", R"({"do":"inject"})",
        R"({"do":"power-cut","survive":"some"})"})
    EXPECT_THAT(say(wrong), HasSubstr(R"("ok":false)")) << wrong;
}

// What is misunderstood would release all there is, or cut with another seed than was said.
TEST(control, what_it_does_not_understand_it_does_not_do) {
  bench_disk bench;
  auto const say = [&](std::string const& line) { return obey_line(*bench.disk, line); };
  ASSERT_EQ(say(R"({"do":"inject","fault":"stuck=hold:operations=flush"})"), R"({"ok":true})");
  bench.flush();
  for (auto const* const wrong :
       {R"({"do":"release","count":-1})", R"({"do":"release","count":1.5})",
        R"({"do":"release","count":"many"})", R"({"do":"release","cuont":1})",
        R"({"do":"release","serials":7.5})", R"({"do":"release","serials":[1,-2]})",
        R"({"do":"release","newest":"perhaps"})", R"({"do":"release","name":7})",
        R"({"do":"heal","name":7})", R"({"do":"heal","nmae":"stuck"})",
        R"({"do":"power-cut","survive":7})", R"({"do":"power-cut","torn":"yes"})",
        R"({"do":"power-cut","seed":-1})", R"({"do":"freeze","soon":true})", R"({"do":"snapshot"})",
        R"({"do":"snapshot","path":"/x","durable":1})"}) {
    EXPECT_THAT(say(wrong), HasSubstr(R"("ok":false)")) << wrong;
    EXPECT_THAT(say(wrong), HasSubstr(R"("blame":"recipe")")) << wrong;
  }
  EXPECT_EQ(bench.disk->sample().held, 1U);
  EXPECT_EQ(say(R"({"do":"release","serials":[1]})"), R"({"ok":true,"released":1})");
}

}  // namespace
}  // namespace wedgehog::nbd
