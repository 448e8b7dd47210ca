#include <gtest/gtest.h>

#include <set>

#include "base/chance.hpp"
#include "base/described.hpp"
#include "base/duration_list.hpp"
#include "base/error.hpp"
#include "base/units.hpp"

namespace wedgehog {
namespace {

using namespace std::chrono_literals;

TEST(units, durations_as_people_write_them) {
  EXPECT_EQ(parse_duration("30s").value(), 30s);
  EXPECT_EQ(parse_duration("1m30s").value(), 90s);
  EXPECT_EQ(parse_duration("250ms").value(), 250ms);
  EXPECT_EQ(parse_duration("1.5h").value(), 90min);
  EXPECT_EQ(parse_duration("2d").value(), 48h);
}

TEST(units, a_bad_duration_says_what_to_write) {
  for (auto const* bad : {"", "30", "s", "-3s", "3 s", "1.2.3s", "5 parsecs", "99999999d"}) {
    auto const parsed = parse_duration(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().whose(), blame::recipe);
    EXPECT_NE(parsed.error().message().find("write it like"), std::string::npos);
  }
}

TEST(units, what_is_printed_reads_back) {
  for (auto d : {microseconds(0), microseconds(1), microseconds(1500), microseconds(90s),
                 microseconds(3661s), microseconds(86400s * 3)})
    EXPECT_EQ(parse_duration(print_duration(d)).value(), d) << print_duration(d);
  for (std::uint64_t n : {0ULL, 1ULL, 512ULL, 4096ULL, 1ULL << 20U, 3ULL << 30U, 123456789ULL})
    EXPECT_EQ(parse_size(print_size(n)).value(), n) << print_size(n);
}

TEST(units, sizes) {
  EXPECT_EQ(parse_size("64MiB").value(), 64U << 20U);
  EXPECT_EQ(parse_size("4K").value(), 4096U);
  EXPECT_EQ(parse_size("1.5KiB").value(), 1536U);
  for (auto const* bad : {"", "MiB", "64MB3", "0.3B", "1e3", "99999999TiB"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(chance, streams_are_named_and_independent_of_draws) {
  chance first(42);
  chance second(42);
  second();
  EXPECT_EQ(first.stream("disk:a")(), second.stream("disk:a")());
  EXPECT_NE(first.stream("disk:a")(), first.stream("disk:b")());
}

TEST(chance, a_known_seed_gives_known_draws) {
  // The first output of xoshiro256** seeded by splitmix64(0), fixed so that a plan's seed means the
  // same for ever.
  chance source(0);
  EXPECT_EQ(source(), 11091344671253066420ULL);
}

TEST(chance, below_stays_below) {
  chance source(7);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(source.below(10));
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(*seen.rbegin(), 9U);
  for (int i = 0; i < 1000; ++i) {
    double const f = source.fraction();
    EXPECT_GE(f, 0.0);
    EXPECT_LT(f, 1.0);
  }
}

TEST(error, carries_the_chain) {
  auto failed = host_error("no such file").within("reading x.yaml").within("starting run 3");
  EXPECT_EQ(failed.message(), "no such file (while reading x.yaml, while starting run 3)");
}

struct inner {
  int number = 0;
  std::vector<std::string> words;
  bool operator==(inner const&) const = default;
};
BOOST_DESCRIBE_STRUCT(inner, (), (number, words))
struct outer {
  inner nested;
  std::optional<double> maybe;
  std::uint64_t large = 0;
  bool operator==(outer const&) const = default;
};
BOOST_DESCRIBE_STRUCT(outer, (), (nested, maybe, large))

TEST(described, defaults_are_left_out_and_everything_reads_back) {
  EXPECT_TRUE(to_object(outer{}).empty());
  outer const full{{3, {"a", "b"}}, 1.5, ~0ULL};
  outer back;
  from_object(json::parse(json::serialize(to_object(full))).as_object(), back);
  EXPECT_EQ(back, full);
}

TEST(described, wrong_types_are_ignored) {
  outer back;
  from_object(json::parse(R"({"nested":7,"maybe":"x","large":-1,"unknown":[]})").as_object(), back);
  EXPECT_EQ(back, outer{});
}

std::string refusal(std::string_view text) {
  auto const read = read_duration_list(text, "slow.txt", 1h);
  return read ? "" : read.error().message();
}

TEST(duration_list, one_in_each_line_with_comments) {
  auto const read =
      read_duration_list("# of a worn disk\n\n12ms\n  3us\t# soon\r\n0s\n1h", "slow.txt", 1h);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, (std::vector<microseconds>{12ms, 3us, 0s, 1h}));
}

TEST(duration_list, the_first_wrong_line_is_named_with_what_to_write) {
  EXPECT_NE(refusal("1ms\n\n7\n").find("slow.txt:3: '7' is not a duration: the unit is missing"),
            std::string::npos);
  EXPECT_NE(refusal("1ms 2ms\n").find("slow.txt:1: '1ms 2ms' is more than one word; write one"),
            std::string::npos);
  EXPECT_NE(refusal("61m\n").find("slow.txt:1: 61m is too long; a delay is at most 1h"),
            std::string::npos);
  EXPECT_NE(refusal("").find("slow.txt lists no delay"), std::string::npos);
  EXPECT_EQ(refusal("\x1b[2J\n").find('\x1b'), std::string::npos);
  EXPECT_EQ(read_duration_list("x", "slow.txt", 1h).error().whose(), blame::recipe);
}

TEST(duration_list, is_bounded) {
  std::string text;
  for (std::size_t i = 0; i < most_durations_listed; ++i) text += "1ms\n";
  EXPECT_EQ(refusal(text), "");
  EXPECT_NE(refusal(text + "1ms\n").find("slow.txt:10001: this is delay number 10001"),
            std::string::npos);
  EXPECT_NE(refusal(std::string(longest_duration_list + 1, '#')).find("longer than 256KiB"),
            std::string::npos);
}

}  // namespace
}  // namespace wedgehog
