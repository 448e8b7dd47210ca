#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../pinned_words.hpp"

#include <cerrno>

#include "nbd/control.hpp"
#include "nbd/trace_file.hpp"
#include "tests/file_text.hpp"
#include "tests/nbd/recording_client.hpp"
#include "tests/nbd/scratch.hpp"

namespace wedgehog::nbd {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using wedgehog::testing::bench_disk;

std::string complaint_of(std::string_view text) {
  auto spec = spec_from_text(text);
  if (spec) {
    auto read = read_spec(*spec);
    if (read) return "none";
    return read.error().message();
  }
  return spec.error().message();
}

TEST(words, of_requests_and_cuts_are_those_that_were_released) {
  EXPECT_EQ(pinned<operation>(), "read write flush trim zero status");
  EXPECT_EQ(pinned<survival>(), "none all prefix subset");
}

TEST(catalogue, every_example_is_accepted_and_says_what_it_means) {
  for (auto const& kind : catalogue()) {
    EXPECT_EQ(complaint_of(kind.example), "none") << kind.example;
    EXPECT_FALSE(kind.model.empty()) << kind.name;
    bench_disk bench;
    EXPECT_TRUE(bench.disk->inject(kind.example)) << kind.example;
    EXPECT_EQ(find_kind(kind.name), &kind);
  }
  EXPECT_EQ(describe_catalogue().size(), catalogue().size());
}

// faults.md has a row for every kind, with all its own parameters, and its example.
TEST(catalogue, every_kind_and_parameter_is_documented) {
  auto const document =
      testing::text_of(std::string(WEDGEHOG_SOURCE_DIR) + "/orchestrator/docs/faults.md");
  ASSERT_FALSE(document.empty());
  for (auto const& kind : catalogue()) {
    // The disk's own table is the last: what recipes call the same fault stands in one before it.
    auto const begin = document.rfind("\n| `" + std::string(kind.name) + "` |");
    ASSERT_NE(begin, std::string::npos) << kind.name << " has no row in faults.md";
    auto const row = document.substr(begin + 1, document.find('\n', begin + 1) - begin - 1);
    for (auto const& one : kind.parameters)
      EXPECT_THAT(row, HasSubstr("`" + std::string(one.name) + "`")) << kind.name;
    EXPECT_THAT(document, HasSubstr("`" + std::string(kind.example) + "`"));
  }
  for (auto const& one : selector::parameters())
    EXPECT_THAT(document, HasSubstr("`" + std::string(one.name) + "`"));
}

TEST(catalogue, complaints_name_what_is_wrong_and_what_is_known) {
  EXPECT_THAT(complaint_of("latenzy"), HasSubstr("known: latency, rate, hold"));
  EXPECT_THAT(complaint_of("latency:dealy=1ms"), HasSubstr("'dealy' is not known here"));
  EXPECT_THAT(complaint_of("latency:dealy=1ms"), HasSubstr("delay"));
  EXPECT_THAT(complaint_of("latency:delay=10"), HasSubstr("'delay'"));
  EXPECT_THAT(complaint_of("latency:operations=reed"), HasSubstr("'reed' is none of: read"));
  EXPECT_THAT(complaint_of("latency:fraction=1.5"), HasSubstr("between 0 and 1"));
  EXPECT_THAT(complaint_of("latency:shape=square"), HasSubstr("one of: fixed uniform"));
  EXPECT_THAT(complaint_of("hold:every=0"), HasSubstr("at least 1"));
  EXPECT_THAT(complaint_of("hold:times"), HasSubstr("KEY=VALUE"));
  auto const both = complaint_of("latency:delay=x,times=y");
  EXPECT_THAT(both, HasSubstr("'delay'"));
  EXPECT_THAT(both, HasSubstr("'times'"));
  bench_disk bench;
  EXPECT_FALSE(bench.disk->inject("rate"));
  EXPECT_FALSE(bench.disk->inject("lost-write:operations=read"));
  EXPECT_FALSE(bench.disk->inject("bit-flip:bits=0"));
}

TEST(selector, addresses_by_operation_range_order_and_number) {
  bench_disk bench;
  bench.inject("a=error:operations=write,from=4KiB,length=4KiB");
  EXPECT_EQ(bench.outcome(bench.write(0, std::string(4096, 'x'))), 0);
  EXPECT_EQ(bench.outcome(bench.write(3584, std::string(1024, 'x'))), EIO) << "touches the range";
  EXPECT_EQ(bench.outcome(bench.write(8192, std::string(512, 'x'))), 0);
  EXPECT_EQ(bench.read(4096, 1), std::string(1, '\0')) << "a read is not concerned";
  ASSERT_TRUE(bench.disk->heal("a"));

  bench.inject("b=error:operations=flush,every=3,after=2,times=2");
  std::string pattern;
  for (int i = 0; i < 14; ++i) pattern += bench.outcome(bench.flush()) == 0 ? '.' : 'E';
  EXPECT_EQ(pattern, "....E..E......");
  EXPECT_EQ(bench.disk->hits("b"), 2U);
}

TEST(selector, a_fraction_is_met_and_a_seed_repeats_it) {
  auto const pattern = [](std::string const& spec) {
    bench_disk bench;
    bench.inject(spec);
    std::string text;
    for (int i = 0; i < 2000; ++i) text += bench.outcome(bench.flush()) == 0 ? '.' : 'E';
    return text;
  };
  auto const first = pattern("error:fraction=0.25,seed=5");
  auto const errors = std::count(first.begin(), first.end(), 'E');
  EXPECT_GT(errors, 400);
  EXPECT_LT(errors, 600);
  EXPECT_EQ(first, pattern("error:fraction=0.25,seed=5"));
  EXPECT_NE(first, pattern("error:fraction=0.25,seed=6"));
}

TEST(latency, completes_exactly_after_the_delay_and_keeps_the_payload) {
  bench_disk bench;
  bench.inject("slow=latency:delay=10ms,operations=write");
  std::string payload(512, 'x');
  auto const asked = bench.write(0, payload);
  payload.assign(512, 'y');  // the caller's buffer is reused
  EXPECT_EQ(bench.read(0, 1), std::string(1, '\0')) << "not performed before its time";
  bench.pass(9999us);
  EXPECT_EQ(bench.outcome(asked), -1);
  bench.pass(1us);
  EXPECT_EQ(bench.outcome(asked), 0);
  EXPECT_EQ(bench.read(0, 512), std::string(512, 'x'));
  auto const& writes = bench.disk->books().of(operation::write);
  EXPECT_EQ(writes.asked.most(), 10ms);
  EXPECT_EQ(writes.served.most(), 10ms);
}

TEST(latency, two_add_up_and_a_queue_does_not) {
  bench_disk bench;
  bench.inject("a=latency:delay=10ms");
  bench.inject("b=latency:delay=5ms");
  std::vector<std::uint64_t> asked;
  for (int i = 0; i < 256; ++i) asked.push_back(bench.flush());
  bench.pass(14999us);
  EXPECT_TRUE(bench.peer.replies.empty());
  bench.pass(1us);
  EXPECT_EQ(bench.peer.replies.size(), 256U);
}

TEST(latency, a_change_reaches_what_is_waiting) {
  bench_disk bench;
  bench.inject("slow=latency:delay=1h");
  auto const asked = bench.flush();
  bench.pass(2ms);
  bench.inject("slow=latency:delay=5ms");
  EXPECT_EQ(bench.outcome(asked), -1);
  bench.pass(3ms);
  EXPECT_EQ(bench.outcome(asked), 0) << "counted from when it began to wait";
  bench.inject("slow=latency:delay=1h");
  auto const next = bench.flush();
  ASSERT_TRUE(bench.disk->heal("slow"));
  EXPECT_EQ(bench.outcome(next), 0);
  EXPECT_EQ(bench.told("changed"), 2U);
}

struct shape {
  char const* spec;
  double p10, p50, p99;  // ms
};
TEST(latency, the_shapes_have_their_quantiles) {
  for (auto const& one : std::vector<shape>{
           {"latency:shape=uniform,delay=10ms,spread=10ms", 2, 10, 19.8},
           {"latency:shape=normal,delay=10ms,spread=2ms", 7.44, 10, 14.65},
           {"latency:shape=lognormal,delay=10ms,sigma=1", 2.78, 10, 102.4},
           {"latency:shape=pareto,delay=10ms,alpha=2", 10.54, 14.14, 100},
       }) {
    bench_disk bench;
    bench.inject(one.spec);
    for (int i = 0; i < 20000; ++i) bench.flush();
    bench.pass(1h);
    ASSERT_EQ(bench.peer.replies.size(), 20000U);
    auto const& asked = bench.disk->books().of(operation::flush).asked;
    for (auto const& [share, wanted] : {std::pair(0.1, one.p10), {0.5, one.p50}, {0.99, one.p99}}) {
      auto const got = static_cast<double>(asked.percentile(share).count()) / 1000;
      EXPECT_GE(got, wanted * 0.88) << one.spec << " " << share;
      EXPECT_LE(got, wanted * 1.35) << one.spec << " " << share;
    }
  }
}

TEST(latency, a_trace_is_followed_and_begins_again) {
  bench_disk bench;
  bench.inject("latency:trace=1ms+3ms+2ms");
  std::string order;
  for (int i = 0; i < 6; ++i) {
    auto const begin = bench.now;
    auto const asked = bench.flush();
    while (bench.outcome(asked) < 0) bench.pass(1ms);
    order += std::to_string((bench.now - begin) / 1ms);
  }
  EXPECT_EQ(order, "132132");
}

TEST(latency, a_trace_may_stand_in_a_file) {
  wedgehog::testing::scratch files;
  auto const file = files.write("slow.txt", "# of a worn disk\n1ms\n3ms # late\n2ms\n");
  auto const spec = spec_with_trace("slow=latency:trace_file=" + file + ",operations=write");
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(json::serialize(*spec),
            R"({"name":"slow","kind":"latency","operations":"write","trace":["1ms","3ms","2ms"]})");
  auto const read = read_spec(*spec);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->values.durations("trace"), (std::vector<microseconds>{1ms, 3ms, 2ms}));
}

TEST(latency, a_trace_file_that_is_wrong_or_none_is_told) {
  wedgehog::testing::scratch files;
  auto const complaint = [](std::string const& keys) {
    auto const spec = spec_with_trace("latency:" + keys);
    return spec ? "none" : spec.error().message();
  };
  EXPECT_THAT(complaint("trace_file=" + (files / "none")), HasSubstr("No such file"));
  EXPECT_THAT(complaint("trace_file=/dev/zero"), HasSubstr("is no ordinary file"));
  EXPECT_THAT(complaint("trace_file=" + files.write("bad", "1ms\n2\n")),
              HasSubstr("/bad:2: '2' is not a duration: the unit is missing"));
  EXPECT_THAT(complaint("trace_file=" + files.write("long", std::string(300'000, '\n'))),
              HasSubstr("/long is longer than 256KiB"));
  EXPECT_THAT(complaint("trace=1ms,trace_file=x"), HasSubstr("exclude each other"));
}

TEST(rate, passes_so_many_a_second_whatever_the_depth) {
  bench_disk bench;
  bench.inject("rate:requests=50");
  for (int i = 0; i < 1000; ++i) bench.flush();
  bench.pass(0s);
  EXPECT_EQ(bench.peer.replies.size(), 1U);
  for (std::size_t second = 1; second <= 5; ++second) {
    bench.pass(1s);
    EXPECT_EQ(bench.peer.replies.size(), 50 * second + 1);
  }
  ASSERT_TRUE(bench.disk->heal("rate"));
  EXPECT_EQ(bench.peer.replies.size(), 1000U);
}

TEST(rate, counts_bytes_and_may_be_shared) {
  bench_disk first;
  first.inject("rate:bytes=1MiB,share=bus");
  for (int i = 0; i < 10; ++i) first.ask(operation::read, 0, 262144);
  first.pass(1s);
  EXPECT_EQ(first.peer.replies.size(), 5U);

  auto second = fault_disk::open(
      {.name = "two", .size = 1U << 20U}, [&] { return first.now; }, &first.rates);
  ASSERT_TRUE(second);
  testing::recording_client other;
  (*second)->attach(other);
  ASSERT_TRUE((*second)->inject("rate:bytes=1MiB,share=bus"));
  (*second)->submit(other, {.length = 512}, {}, first.now);
  EXPECT_TRUE(other.replies.empty()) << "the other disk's queue stands before it";
  (*second)->detach(other);
}

TEST(hold, keeps_and_releases_in_any_order) {
  bench_disk bench;
  bench.inject("stuck=hold:operations=write");
  std::vector<std::uint64_t> asked;
  for (int i = 0; i < 4; ++i) asked.push_back(bench.write(0, std::string(512, 'a' + i)));
  bench.pass(100h);
  EXPECT_TRUE(bench.peer.replies.empty());
  EXPECT_EQ(bench.told("held"), 4U);

  auto const ledger = bench.disk->ledger_json();
  auto const& flying = ledger.at("in_flight").as_array();
  ASSERT_EQ(flying.size(), 4U);
  auto const& third = flying[2].as_object();
  EXPECT_EQ(third.at("waits_for"), "stuck");
  EXPECT_EQ(third.at("operation"), "write");
  EXPECT_DOUBLE_EQ(third.at("age_s").as_double(), 360000);

  EXPECT_EQ(*bench.disk->release({.serials = {third.at("serial").to_number<std::uint64_t>()}}), 1U);
  EXPECT_EQ(bench.outcome(asked[2]), 0);
  EXPECT_EQ(*bench.disk->release({.count = 1, .newest_first = true}), 1U);
  EXPECT_EQ(bench.outcome(asked[3]), 0);
  EXPECT_EQ(bench.outcome(asked[0]), -1);
  EXPECT_FALSE(bench.disk->release({.serials = {12345}}));
  EXPECT_FALSE(bench.disk->release({.name = "nobody"}));
  EXPECT_EQ(*bench.disk->release({.name = "stuck"}), 2U);
  EXPECT_EQ(bench.read(0, 1), "b") << "performed in the order of the release";
  EXPECT_EQ(bench.outcome(bench.write(0, "x")), -1) << "it goes on holding";
}

// A file system that zeroes behind one's back spends a fault that is meant for its data.
TEST(conditions, say_what_the_requests_were_that_they_hit) {
  bench_disk bench;
  bench.inject("slow=latency:delay=1ms,operations=write+trim+zero");
  EXPECT_EQ(bench.disk->hits_in_words("slow"), "");
  bench.ask(operation::zero, 0, 4096);
  bench.write(0, std::string(512, 'a'));
  bench.ask(operation::trim, 8192, 4096);
  bench.ask(operation::zero, 4096, 4096);
  bench.read(16384, 512);
  EXPECT_EQ(bench.disk->hits("slow"), 4U);
  EXPECT_EQ(bench.disk->hits_in_words("slow"), "1 write, 1 trim, 2 zero");
  auto const ledger = bench.disk->ledger_json();
  auto const& of = ledger.at("conditions").as_array().at(0).at("hits_of").as_object();
  EXPECT_EQ(json::serialize(of), R"({"write":1,"trim":1,"zero":2})");
  bench.pass(10ms);  // whoever still waits is asked anew, and counted anew
  bench.inject("slow=latency:delay=2ms,operations=write+trim+zero");
  EXPECT_EQ(bench.disk->hits_in_words("slow"), "1 write, 1 trim, 2 zero") << "changed, not new";
  EXPECT_EQ(bench.disk->hits_in_words("nobody"), "");
}

TEST(hold, lets_the_opening_reads_of_a_connection_pass_uncounted) {
  bench_disk bench;
  bench.inject("stuck=hold:operations=read,times=1");
  EXPECT_EQ(bench.read(0, 512).size(), 512U);
  EXPECT_EQ(bench.read(0, 4096).size(), 4096U);
  EXPECT_EQ(bench.disk->hits("stuck"), 0U);
  EXPECT_EQ(bench.read(8192, 512), "");
  EXPECT_EQ(bench.disk->hits("stuck"), 1U);
  EXPECT_EQ(bench.read(0, 512).size(), 512U) << "one time only";

  bench_disk strict;
  strict.inject("stuck=hold:operations=read,opening=true");
  EXPECT_EQ(strict.read(0, 512), "");
}

TEST(hold, ends_by_itself_when_told_so) {
  bench_disk bench;
  bench.inject("stuck=hold:for=20s");
  auto const asked = bench.flush();
  bench.pass(19s);
  EXPECT_EQ(bench.outcome(asked), -1);
  EXPECT_EQ(bench.disk->sample().held, 1U);
  bench.pass(1s);
  EXPECT_EQ(bench.outcome(asked), 0);
}

TEST(hold, stays_held_when_the_hold_is_changed_and_goes_on_when_it_becomes_something_else) {
  bench_disk bench;
  bench.inject("x=hold:operations=flush");
  auto const asked = bench.flush();
  bench.inject("x=hold:operations=flush+write");
  EXPECT_EQ(bench.outcome(asked), -1);
  bench.inject("x=error:operations=flush");
  EXPECT_EQ(bench.outcome(asked), EIO);
}

TEST(error, says_what_was_asked_for_and_leaves_the_data_alone) {
  bench_disk bench;
  bench.write(0, "good");
  bench.inject("bad=error:operations=write,error=ENOSPC,times=1");
  EXPECT_EQ(bench.outcome(bench.write(0, "evil")), ENOSPC);
  EXPECT_EQ(bench.read(0, 4), "good");
  EXPECT_EQ(bench.outcome(bench.write(0, "next")), 0) << "once";
  bench.inject("bad=error:operations=read,error=ETIMEDOUT");
  auto const asked = bench.ask(operation::read, 0, 4);
  EXPECT_EQ(bench.outcome(asked), ETIMEDOUT);
  EXPECT_THAT(json::serialize(bench.disk->ledger_json()), HasSubstr("ETIMEDOUT"));
}

TEST(silent, lost_torn_and_misdirected_writes_are_done_and_logged_exactly) {
  bench_disk bench;
  bench.write(0, std::string(4096, 'o'));
  bench.inject("lost-write:times=1");
  EXPECT_EQ(bench.outcome(bench.write(0, std::string(512, 'n'))), 0);
  EXPECT_EQ(bench.read(0, 512), std::string(512, 'o'));
  ASSERT_TRUE(bench.disk->heal("lost-write"));

  bench.inject("torn-write:sectors=3");
  EXPECT_EQ(bench.outcome(bench.write(0, std::string(4096, 'n'))), 0);
  EXPECT_EQ(bench.read(0, 4096), std::string(1536, 'n') + std::string(2560, 'o'));
  EXPECT_EQ(bench.outcome(bench.write(0, std::string(512, 's'))), 0);
  EXPECT_EQ(bench.read(0, 512), std::string(512, 's')) << "a sector is atomic";
  ASSERT_TRUE(bench.disk->heal("torn-write"));

  bench.inject("misdirected-write:to=64KiB");
  EXPECT_EQ(bench.outcome(bench.write(8192, std::string(512, 'm'))), 0);
  EXPECT_EQ(bench.read(8192, 1), std::string(1, '\0'));
  EXPECT_EQ(bench.read(65536, 512), std::string(512, 'm'));

  auto const& silent = bench.disk->books().silent_faults();
  ASSERT_EQ(silent.size(), 3U);
  EXPECT_EQ(silent[0].kind, "lost-write");
  EXPECT_EQ(silent[1].detail, "only the first 3 of 8 sectors written");
  EXPECT_EQ(silent[1].asked.length, 4096U);
  EXPECT_EQ(silent[2].detail, "written at 65536 instead");
  EXPECT_EQ(bench.told("silent"), 3U);
}

TEST(silent, a_torn_write_always_keeps_whole_sectors_from_its_beginning) {
  bench_disk bench;
  bench.inject("torn-write");
  chance luck(1);
  for (int round = 0; round < 200; ++round) {
    auto const offset = luck.below(20000);
    auto const length = static_cast<std::uint32_t>(513 + luck.below(8000));
    ASSERT_TRUE(bench.disk->heal("torn-write"));
    bench.write(offset, std::string(length, 'o'));
    bench.inject("torn-write:seed=" + std::to_string(round));
    bench.write(offset, std::string(length, 'n'));
    auto const got = bench.read(offset, length);
    auto const kept = got.find_first_not_of('n');
    ASSERT_NE(kept, std::string::npos);
    EXPECT_EQ(got.find('n', kept), std::string::npos);
    EXPECT_TRUE(kept == 0 || (offset + kept) % 512 == 0) << offset << "+" << kept;
  }
}

TEST(silent, bits_flip_once_on_a_read_and_for_good_on_a_write) {
  bench_disk bench;
  std::string const good(512, 'g');
  bench.write(0, good);
  bench.inject("bit-flip:times=1");
  auto const bad = bench.read(0, 512);
  int differing = 0;
  for (std::size_t i = 0; i < 512; ++i)
    differing += std::popcount<unsigned>((bad[i] ^ good[i]) & 0xff);
  EXPECT_EQ(differing, 1);
  EXPECT_EQ(bench.read(0, 512), good);
  EXPECT_EQ(bench.disk->hits("bit-flip"), 1U);

  bench.inject("bit-flip:operations=write,times=1,seed=4");
  bench.write(4096, good);
  auto const stored = bench.read(4096, 512);
  EXPECT_NE(stored, good);
  EXPECT_EQ(bench.read(4096, 512), stored);
  // The log says which bit: undo it.
  auto const& detail = bench.disk->books().silent_faults().back().detail;
  std::size_t byte = 0;
  unsigned bit = 0;
  ASSERT_EQ(std::sscanf(detail.c_str(), "stored with byte %zu bit %u", &byte, &bit), 2) << detail;
  auto repaired = stored;
  repaired[byte - 4096] = static_cast<char>(repaired[byte - 4096] ^ (1 << bit));
  EXPECT_EQ(repaired, good);
}

TEST(silent, stale_reads_return_the_past_until_they_are_healed) {
  bench_disk bench;
  bench.write(0, std::string(1024, 'o'));
  bench.inject("stale-read");
  EXPECT_EQ(bench.read(0, 1024), std::string(1024, 'o'));
  EXPECT_EQ(bench.disk->hits("stale-read"), 0U) << "nothing is stale yet";
  bench.write(512, std::string(1024, 'n'));
  EXPECT_EQ(bench.read(256, 1024), std::string(768, 'o') + std::string(256, '\0'));
  EXPECT_EQ(bench.disk->hits("stale-read"), 1U);
  ASSERT_TRUE(bench.disk->heal("stale-read"));
  EXPECT_EQ(bench.read(512, 1024), std::string(1024, 'n'));
}

TEST(disconnect, drops_what_is_in_flight_and_comes_back) {
  bench_disk bench;
  bench.inject("pulled=disconnect:operations=flush,for=3s");
  bench.inject("slow=latency:delay=1s,operations=write");
  auto const slow = bench.write(0, "x");
  auto const hit = bench.flush();
  EXPECT_FALSE(bench.disk->present());
  bench.disk->detach(bench.peer);  // as the server does
  EXPECT_EQ(bench.outcome(slow), -1);
  EXPECT_EQ(bench.outcome(hit), -1);
  bench.pass(3s);
  EXPECT_TRUE(bench.disk->present());
  EXPECT_EQ(bench.outcome(slow), -1) << "a request of a lost connection is never performed";
  bench.disk->attach(bench.peer);
  EXPECT_EQ(bench.read(0, 1), std::string(1, '\0'));
  EXPECT_EQ(bench.outcome(bench.flush()), 0) << "once, as long as nobody says otherwise";
}

}  // namespace
}  // namespace wedgehog::nbd
