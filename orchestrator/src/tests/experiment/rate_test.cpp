#include "experiment/rate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "experiment/clean_hours.hpp"

namespace wedgehog::experiment {
namespace {

double const infinity = std::numeric_limits<double>::infinity();

// Sums of Poisson terms: another way to the exact interval than the quantiles it is made of.
double chance_of_at_most(std::uint64_t hits, double mean) {
  double sum = 0;
  for (std::uint64_t k = 0; k <= hits; ++k) {
    auto const n = static_cast<double>(k);
    sum += std::exp(n * std::log(mean) - mean - std::lgamma(n + 1));
  }
  return sum;
}

// ln of the integral of the likelihood, of `hits` in `hours`, over a gamma density of shape 1/2 and
// this mean, by the midpoint rule over the rate's logarithm.
double log_average_by_quadrature(exposure const& seen, double mean) {
  double const b = 0.5 / mean;
  auto const n = static_cast<double>(seen.hits);
  double const step = 1e-4;
  double sum = 0;
  double const greatest = seen.hits == 0 ? 0 : n * std::log(n / seen.hours) - n;
  for (double x = -60; x < 20; x += step) {
    double const rate = std::exp(x + step / 2);
    double const log_density = 0.5 * std::log(b * rate) - std::lgamma(0.5) - b * rate;
    sum += step * std::exp(n * std::log(rate) - rate * seen.hours - greatest + log_density);
  }
  return std::log(sum) + greatest;
}

TEST(Rate, IsHitsPerHour) {
  EXPECT_DOUBLE_EQ(rate_of({5, 4000}), 0.00125);
  EXPECT_EQ(rate_of({0, 4000}), 0);
  EXPECT_EQ(rate_of({5, 0}), 0);
}

TEST(RateInterval, HasTheKnownValues) {
  auto const five = rate_interval({5, 4000});
  EXPECT_NEAR(five.low, .000405872, 1e-9);
  EXPECT_NEAR(five.high, .00291708, 1e-8);
  auto const none = rate_interval({0, 100});
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, .0368888, 1e-7);
}

TEST(RateInterval, LeavesATailOfHalfTheErrorOnEachSide) {
  for (std::uint64_t const hits : {0U, 1U, 2U, 7U, 40U, 300U}) {
    auto const at = rate_interval({hits, 10}, 0.9);
    EXPECT_NEAR(chance_of_at_most(hits, at.high * 10), 0.05, 1e-9) << hits;
    if (hits > 0) {
      EXPECT_NEAR(1 - chance_of_at_most(hits - 1, at.low * 10), 0.05, 1e-9) << hits;
    }
  }
}

TEST(RateInterval, WithoutHoursAnythingIsPossible) {
  for (double const hours : {0.0, -1.0, std::nan("")}) {
    for (std::uint64_t const hits : {0U, 3U}) {
      EXPECT_EQ(rate_interval({hits, hours}).low, 0);
      EXPECT_EQ(rate_interval({hits, hours}).high, infinity);
      EXPECT_EQ(rate_interval_at_any_look({hits, hours}).low, 0);
      EXPECT_EQ(rate_interval_at_any_look({hits, hours}).high, infinity);
    }
  }
}

// As near as `hits` can tell: within 20 standard errors and not within one.
void expect_around_the_rate(interval const& at, exposure const& seen) {
  double const spread = 1 / std::sqrt(static_cast<double>(seen.hits));
  EXPECT_LE(at.low, rate_of(seen) * (1 - spread)) << seen.hits << " in " << seen.hours;
  EXPECT_GE(at.low, rate_of(seen) * (1 - 20 * spread)) << seen.hits << " in " << seen.hours;
  EXPECT_GE(at.high, rate_of(seen) * (1 + spread)) << seen.hits << " in " << seen.hours;
  EXPECT_LE(at.high, rate_of(seen) * (1 + 20 * spread)) << seen.hits << " in " << seen.hours;
}

TEST(RateInterval, HugeNumbersStayAroundTheRate) {
  for (std::uint64_t const hits : {std::uint64_t{1'000'000}, std::uint64_t{1'000'000'000'000}}) {
    for (double const hours : {1e-9, 1.0, 1e12})
      expect_around_the_rate(rate_interval({hits, hours}), {hits, hours});
    for (double const rate : {1e-5, 1.0, 1e3}) {
      exposure const seen{hits, static_cast<double>(hits) / rate};
      expect_around_the_rate(rate_interval_at_any_look(seen), seen);
    }
  }
}

TEST(RateInterval, BeyondAllMeasureItStillHoldsTheRate) {
  exposure const beyond{std::numeric_limits<std::uint64_t>::max(), 1e-300};
  exposure const hardly{1, std::numeric_limits<double>::max()};
  for (auto const& seen : {beyond, hardly}) {
    for (auto const& at : {rate_interval(seen), rate_interval_at_any_look(seen)}) {
      EXPECT_LE(at.low, rate_of(seen));
      EXPECT_GE(at.high, rate_of(seen));
      EXPECT_GE(at.low, 0);
    }
  }
}

TEST(RateIntervalAtAnyLook, HasTheKnownValues) {
  // Shape 1/2 and scale 400: a mean of 0.00125 per hour.
  auto const at = rate_interval_at_any_look_expecting(0.00125, {5, 4000});
  EXPECT_NEAR(at.low, .000232904, 1e-9);
  EXPECT_NEAR(at.high, .00368447, 1e-8);
}

TEST(RateIntervalAtAnyLook, ItsBoundsAreWhereTheEvidencePassesTwenty) {
  for (exposure const seen : {exposure{0, 30}, exposure{1, 3}, exposure{7, 2000}}) {
    for (double const expected : {0.001, 0.3}) {
      double const average = log_average_by_quadrature(seen, expected);
      auto const n = static_cast<double>(seen.hits);
      auto const at = rate_interval_at_any_look_expecting(expected, seen);
      EXPECT_NEAR(average - n * std::log(at.high) + at.high * seen.hours, std::log(20), 1e-3);
      if (seen.hits > 0) {
        EXPECT_NEAR(average - n * std::log(at.low) + at.low * seen.hours, std::log(20), 1e-3);
      }
    }
  }
}

TEST(RateIntervalAtAnyLook, NeedsNoExpectationAndIsAboutTwiceAsWideForThat) {
  for (exposure const seen : {exposure{5, 4000}, exposure{5, 4}, exposure{60, 0.5}}) {
    auto const exact = rate_interval(seen);
    auto const any = rate_interval_at_any_look(seen);
    EXPECT_LT(any.low, exact.low);
    EXPECT_GT(any.high, exact.high);
    EXPECT_LT(any.high - any.low, 2.5 * (exact.high - exact.low));
  }
}

TEST(CleanHours, HaveTheKnownValues) {
  EXPECT_NEAR(clean_hours_to_exclude({1, 1}), 19, 1e-9);
  EXPECT_NEAR(clean_hours_to_exclude({2, 1}), 3.47, 0.005);
  EXPECT_NEAR(clean_hours_to_exclude({5, 4000}), 3282, 1);
  EXPECT_NEAR(clean_hours_to_exclude({30, 1}), 0.105, 0.0005);
}

TEST(CleanHours, WithoutAHitNothingCanBeExcluded) {
  EXPECT_EQ(clean_hours_to_exclude({0, 100}), infinity);
  EXPECT_EQ(clean_hours_to_exclude({3, 0}), infinity);
}

}  // namespace
}  // namespace wedgehog::experiment
