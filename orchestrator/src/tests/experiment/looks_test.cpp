// How often intervals miss: by simulation with fixed seeds, looked at once or every night.
#include <gtest/gtest.h>

#include <cmath>

#include "base/chance.hpp"
#include "experiment/clean_hours.hpp"
#include "experiment/rate.hpp"
#include "experiment/ratio.hpp"

namespace wedgehog::experiment {
namespace {

constexpr int nights = 60;
constexpr int campaigns = 1500;

// Hits of a constant rate in so many hours.
std::uint64_t drawn_hits(chance& random, double rate, double hours) {
  std::uint64_t hits = 0;
  for (double at = -std::log1p(-random.fraction()) / rate; at < hours;
       at += -std::log1p(-random.fraction()) / rate)
    ++hits;
  return hits;
}

void add_night(exposure& to, chance& random, double rate, double hours) {
  to.hits += drawn_hits(random, rate, hours);
  to.hours += hours;
}

bool misses(interval const& at, double truth) {
  return truth < at.low || truth > at.high;
}

// In how many of the campaigns `missed_at` (a look's answer) is true at any of their nights.
template <class Night>
double ever(std::uint64_t seed, Night const& night) {
  int missed = 0;
  for (int i = 0; i < campaigns; ++i) {
    chance random(seed + static_cast<std::uint64_t>(i));
    exposure a;
    exposure b;
    bool found = false;
    for (int n = 0; n < nights && !found; ++n) found = night(random, a, b);
    missed += found ? 1 : 0;
  }
  return static_cast<double>(missed) / campaigns;
}

TEST(OneLook, TheExactIntervalMissesInAtMostOneOfTwenty) {
  chance random(17);
  for (double const mean : {0.3, 2.0, 15.0}) {
    int missed = 0;
    int const looks = 20'000;
    for (int i = 0; i < looks; ++i) {
      exposure seen;
      add_night(seen, random, mean / 40, 40);
      missed += misses(rate_interval(seen), mean / 40) ? 1 : 0;
    }
    // 3 standard errors above 5 %.
    EXPECT_LE(static_cast<double>(missed) / looks, 0.0546) << mean;
  }
}

TEST(OneLook, TheExactRatioMissesInAtMostOneOfTwenty) {
  chance random(18);
  for (double const truth : {0.3, 1.0, 4.0}) {
    int missed = 0;
    int const looks = 10'000;
    for (int i = 0; i < looks; ++i) {
      exposure a;
      exposure b;
      add_night(a, random, truth * 0.2, 40);
      add_night(b, random, 0.2, 25);
      missed += misses(ratio_interval(a, b), truth) ? 1 : 0;
    }
    EXPECT_LE(static_cast<double>(missed) / looks, 0.0565) << truth;
  }
}

TEST(NightlyLooks, InflateTheErrorOfTheExactInterval) {
  EXPECT_GE(ever(100,
                 [](chance& random, exposure& a, exposure&) {
                   add_night(a, random, 0.05, 10);
                   return misses(rate_interval(a), 0.05);
                 }),
            0.12);
}

TEST(NightlyLooks, DoNotInflateTheErrorOfTheIntervalAtAnyLook) {
  for (double const rate : {0.05, 0.4})
    EXPECT_LE(ever(100,
                   [rate](chance& random, exposure& a, exposure&) {
                     add_night(a, random, rate, 10);
                     return misses(rate_interval_at_any_look(a), rate);
                   }),
              0.05)
        << rate;
}

TEST(NightlyLooks, InflateTheErrorOfTheExactRatio) {
  for (double const rate : {0.05, 0.4})
    EXPECT_GE(ever(200,
                   [rate](chance& random, exposure& a, exposure& b) {
                     add_night(a, random, rate, 10);
                     add_night(b, random, rate, 10);
                     return chance_if_equal(a, b) < 0.05;
                   }),
              0.12)
        << rate;
}

TEST(NightlyLooks, DoNotInflateTheErrorOfTheRatioAtAnyLook) {
  for (double const rate : {0.05, 0.4})
    EXPECT_LE(ever(200,
                   [rate](chance& random, exposure& a, exposure& b) {
                     add_night(a, random, rate, 10);
                     add_night(b, random, rate, 10);
                     return log_evidence_against(1, a, b) >= std::log(20);
                   }),
              0.05)
        << rate;
}

// Who shares out the hours wants a difference: as soon as one side is ahead by luck, it rests, and
// the other side's rate becomes known without end.
double hours_of_the_partial(exposure const& mine, exposure const& other) {
  return rate_of(mine) > 1.3 * rate_of(other) && mine.hits > 3 ? 0.1 : 20;
}

TEST(NightlyLooks, HoursThatAreSharedOutByWhatWasSeenDoNotInflateItEither) {
  EXPECT_LE(ever(300,
                 [](chance& random, exposure& a, exposure& b) {
                   double const of_a = hours_of_the_partial(a, b);
                   double const of_b = hours_of_the_partial(b, a);
                   add_night(a, random, 0.2, of_a);
                   add_night(b, random, 0.2, of_b);
                   return log_evidence_against(1, a, b) >= std::log(20);
                 }),
            0.05);
}

TEST(NightlyLooks, FindAThreefoldRateAllTheSame) {
  EXPECT_GE(ever(400,
                 [](chance& random, exposure& a, exposure& b) {
                   add_night(a, random, 0.15, 10);
                   add_night(b, random, 0.05, 10);
                   return log_evidence_against(1, a, b) >= std::log(20);
                 }),
            0.8);
}

TEST(CleanHours, AreWaitedForInVainInNineteenOfTwenty) {
  chance random(19);
  for (std::uint64_t const hits : {1U, 3U, 10U}) {
    int wrong = 0;
    int const waits = 20'000;
    for (int i = 0; i < waits; ++i) {
      double hours = 0;
      for (std::uint64_t k = 0; k < hits; ++k) hours += -std::log1p(-random.fraction());
      double const until_next = -std::log1p(-random.fraction());
      wrong += until_next > clean_hours_to_exclude({hits, hours}) ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(wrong) / waits, 0.05, 0.005) << hits;
  }
}

}  // namespace
}  // namespace wedgehog::experiment
