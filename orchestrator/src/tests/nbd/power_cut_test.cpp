// Random operations and random power cuts against a model that knows what a disk with a volatile
// cache may look like afterwards.
#include <gtest/gtest.h>

#include <set>

#include "tests/nbd/recording_client.hpp"

namespace wedgehog::nbd {
namespace {

using wedgehog::testing::bench_disk;

constexpr std::uint64_t disk_size = 32U * sector_size;
constexpr std::uint64_t sectors = disk_size / sector_size;

// A disk as one letter per sector: enough to know which write a sector comes from.
using picture = std::vector<std::uint32_t>;

struct unflushed {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::uint32_t mark = 0;
  bool durable = false;
};

std::string sector_of(std::uint32_t mark) {
  std::string text(sector_size, '\0');
  for (std::size_t i = 0; i < text.size(); i += sizeof mark)
    std::memcpy(text.data() + i, &mark, sizeof mark);
  return text;
}

void draw(picture& on, unflushed const& one, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) on[one.first + i] = one.mark;
}

class model {
 public:
  void write(unflushed const& one) {
    draw(seen_, one, one.count);
    for (std::uint64_t i = 0; i < one.count; ++i) {
      auto& allowed = allowed_[one.first + i];
      if (one.durable) allowed.clear();
      allowed.insert(one.mark);
    }
    pending_.push_back(one);
  }
  void flush() {
    medium_ = seen_;
    pending_.clear();
    for (std::uint64_t i = 0; i < sectors; ++i) allowed_[i] = {seen_[i]};
  }
  // What the disk shows after a cut becomes the truth.
  void adopt(picture const& after) {
    seen_ = after;
    flush();
  }
  [[nodiscard]] picture const& seen() const { return seen_; }

  // By the contract alone: every sector holds what was durable or something written since.
  [[nodiscard]] bool allows(picture const& after) const {
    for (std::uint64_t i = 0; i < sectors; ++i)
      if (!allowed_[i].contains(after[i])) return false;
    return true;
  }
  // By the disk's own report, exactly. Writes that the cache had no place for are not in it.
  [[nodiscard]] picture reported(std::vector<write_fate> const& fates) const {
    std::size_t volatile_count = 0;
    for (auto const& one : pending_) volatile_count += !one.durable;
    auto written_before = volatile_count - fates.size();
    picture result = medium_;
    std::size_t next = 0;
    for (auto const& one : pending_) {
      if (one.durable) {
        draw(result, one, one.count);
      } else if (written_before > 0) {
        --written_before;
        draw(result, one, one.count);
      } else {
        draw(result, one, fates[next++].survived / sector_size);
      }
    }
    return result;
  }
  // All states that the first k unflushed writes leave, the next one torn or not.
  [[nodiscard]] std::set<picture> prefixes(bool torn) const {
    std::set<picture> all;
    for (std::size_t kept = 0; kept <= pending_.size(); ++kept) {
      auto const pieces = torn && kept < pending_.size() ? pending_[kept].count : 1;
      for (std::uint64_t piece = 0; piece < pieces; ++piece) {
        picture result = medium_;
        for (std::size_t i = 0; i < pending_.size(); ++i) {
          auto const& one = pending_[i];
          draw(result, one, one.durable || i < kept ? one.count : (i == kept ? piece : 0));
        }
        all.insert(std::move(result));
      }
    }
    return all;
  }

 private:
  picture medium_ = picture(sectors);
  picture seen_ = picture(sectors);
  std::vector<std::set<std::uint32_t>> allowed_{sectors, std::set<std::uint32_t>{0}};
  std::vector<unflushed> pending_;
};

picture look(bench_disk& bench) {
  auto const text = bench.read(0, disk_size);
  picture result(sectors);
  for (std::uint64_t i = 0; i < sectors; ++i) {
    std::memcpy(&result[i], text.data() + i * sector_size, sizeof result[i]);
    EXPECT_EQ(text.substr(i * sector_size, sector_size), sector_of(result[i])) << "a torn sector";
  }
  return result;
}

void reconnect(bench_disk& bench) {
  bench.disk->detach(bench.peer);
  bench.peer.replies.clear();
  bench.disk->attach(bench.peer);
}

class power_cut : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(power_cut, leaves_only_what_a_real_disk_may_leave) {
  chance luck(GetParam());
  bench_disk bench({.name = "data", .size = disk_size, .seed = GetParam()});
  bool const small_cache = luck.below(3) == 0;
  bench.inject(small_cache ? "write-cache:capacity=8KiB" : "write-cache");
  model expected;
  std::uint32_t mark = 0;
  for (int cut = 0; cut < 12; ++cut) {
    auto const operations = luck.below(14);
    for (std::uint64_t i = 0; i < operations; ++i) {
      if (luck.below(8) == 0) {
        ASSERT_EQ(bench.outcome(bench.flush()), 0);
        expected.flush();
        continue;
      }
      unflushed one{.mark = ++mark, .durable = luck.below(5) == 0};
      one.count = 1 + luck.below(8);
      one.first = luck.below(sectors - one.count + 1);
      if (luck.below(6) == 0) {
        one.mark = 0;
        one.durable = false;
        bench.ask(operation::zero, one.first * sector_size,
                  static_cast<std::uint32_t>(one.count * sector_size));
      } else {
        std::string data;
        for (std::uint64_t j = 0; j < one.count; ++j) data += sector_of(one.mark);
        ASSERT_EQ(bench.outcome(bench.write(one.first * sector_size, data, one.durable)), 0);
      }
      expected.write(one);
      ASSERT_EQ(look(bench), expected.seen()) << "what was written is read before any cut";
    }
    power_cut_choice const choice{.survive = static_cast<survival>(luck.below(4)),
                                  .torn = luck.below(2) == 0,
                                  .seed = luck()};
    auto const report = bench.disk->cut_power(choice);
    reconnect(bench);
    auto const after = look(bench);
    ASSERT_TRUE(expected.allows(after)) << name_of(choice.survive);
    ASSERT_EQ(after, expected.reported(report.unflushed)) << name_of(choice.survive);
    if (choice.survive == survival::all) {
      ASSERT_EQ(after, expected.seen());
    } else if (choice.survive == survival::prefix) {
      ASSERT_TRUE(expected.prefixes(choice.torn).contains(after));
    } else if (choice.survive == survival::none && !small_cache) {
      ASSERT_EQ(after, expected.reported(std::vector<write_fate>(report.unflushed.size())));
    }
    expected.adopt(after);
  }
}
INSTANTIATE_TEST_SUITE_P(seeds, power_cut, ::testing::Range<std::uint64_t>(0, 300));

TEST(power_cut_kinds, each_seed_gives_one_outcome_and_together_they_give_all) {
  std::set<std::string> subsets;
  std::set<std::string> prefixes;
  std::set<std::string> torn;
  auto const cut = [](power_cut_choice const& choice) {
    bench_disk bench({.name = "data", .size = disk_size});
    bench.inject("write-cache");
    for (std::uint64_t i = 0; i < 3; ++i) bench.write(i * 1024, std::string(1024, 'x'));
    bench.disk->cut_power(choice);
    reconnect(bench);
    std::string text;
    for (std::uint64_t i = 0; i < 6; ++i) text += bench.read(i * 512, 1) == "x" ? 'x' : '.';
    return text;
  };
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    subsets.insert(cut({.survive = survival::subset, .seed = seed}));
    prefixes.insert(cut({.survive = survival::prefix, .seed = seed}));
    torn.insert(cut({.survive = survival::prefix, .torn = true, .seed = seed}));
    EXPECT_EQ(cut({.seed = seed}), cut({.seed = seed}));
  }
  EXPECT_EQ(subsets.size(), 8U);
  EXPECT_EQ(prefixes, (std::set<std::string>{"......", "xx....", "xxxx..", "xxxxxx"}));
  EXPECT_EQ(torn, (std::set<std::string>{"x.....", "xxx...", "xxxxx.", "xxxxxx"}));
}

TEST(power_cut_kinds, what_was_on_the_cable_is_not_performed_afterwards) {
  bench_disk bench;
  bench.inject("write-cache");
  bench.inject("slow=latency:delay=1s,operations=write");
  bench.write(0, "late");
  auto const report = bench.disk->cut_power({.survive = survival::all});
  EXPECT_EQ(report.in_flight_lost, 1U);
  bench.write(0, "ghost");  // from the old connection
  bench.pass(std::chrono::hours(1));
  reconnect(bench);
  EXPECT_EQ(bench.read(0, 4), std::string(4, '\0'));
}

TEST(power_cut_kinds, a_lying_flush_loses_what_was_promised_and_the_books_say_so) {
  bench_disk bench;
  bench.inject("write-cache");
  bench.inject("lying-flush");
  bench.write(0, "data");
  bench.write(512, "fua!", true);
  EXPECT_EQ(bench.outcome(bench.flush()), 0);
  EXPECT_EQ(bench.disk->hits("lying-flush"), 2U);
  bench.disk->cut_power({.survive = survival::none});
  reconnect(bench);
  EXPECT_EQ(bench.read(0, 4), std::string(4, '\0'));
  EXPECT_EQ(bench.read(512, 4), std::string(4, '\0'));
  EXPECT_EQ(bench.disk->books().silent_faults().size(), 2U);
}

TEST(power_cut_kinds, healing_the_cache_writes_everything_down) {
  bench_disk bench;
  bench.inject("write-cache");
  bench.write(0, "data");
  ASSERT_TRUE(bench.disk->heal("write-cache"));
  bench.disk->cut_power({.survive = survival::none});
  reconnect(bench);
  EXPECT_EQ(bench.read(0, 4), "data");
}

}  // namespace
}  // namespace wedgehog::nbd
