#include "experiment/ratio.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "experiment/rate.hpp"

namespace wedgehog::experiment {
namespace {

double const boundless = std::numeric_limits<double>::infinity();

double chance_of_at_most(std::uint64_t hits, std::uint64_t of, double share) {
  double sum = 0;
  auto const n = static_cast<double>(of);
  for (std::uint64_t k = 0; k <= hits; ++k) {
    auto const a = static_cast<double>(k);
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(a + 1) - std::lgamma(n - a + 1) +
                    a * std::log(share) + (n - a) * std::log1p(-share));
  }
  return sum;
}

TEST(Ratio, HasTheKnownValues) {
  exposure const a{12, 1000};
  exposure const b{4, 900};
  EXPECT_DOUBLE_EQ(ratio_of(a, b), 2.7);
  EXPECT_NEAR(chance_if_equal(a, b), .118911, 1e-6);
  auto const at = ratio_interval(a, b);
  EXPECT_NEAR(at.low, .818309, 1e-6);
  EXPECT_NEAR(at.high, 11.4861, 1e-4);
}

TEST(Ratio, LeavesATailOfHalfTheErrorOnEachSide) {
  for (auto const& [a, b] : {std::pair{1U, 1U}, {3U, 40U}, {17U, 2U}, {200U, 150U}}) {
    auto const at = ratio_interval({a, 3}, {b, 7});
    auto const share = [](double ratio) { return ratio * 3 / (ratio * 3 + 7); };
    EXPECT_NEAR(chance_of_at_most(a, a + b, share(at.high)), 0.025, 1e-9);
    EXPECT_NEAR(1 - chance_of_at_most(a - 1, a + b, share(at.low)), 0.025, 1e-9);
  }
}

TEST(Ratio, TurnedRoundItIsTheReciprocal) {
  exposure const a{9, 20};
  exposure const b{3, 50};
  for (auto const interval_of : {ratio_interval, ratio_interval_at_any_look}) {
    auto const there = interval_of(a, b, 0.95);
    auto const back = interval_of(b, a, 0.95);
    EXPECT_NEAR(there.low * back.high, 1, 1e-9);
    EXPECT_NEAR(there.high * back.low, 1, 1e-9);
  }
}

TEST(Ratio, WithoutHitsOrHoursNothingIsKnown) {
  exposure const seen{3, 10};
  for (auto const& [a, b] : {std::pair<exposure, exposure>{{0, 10}, {0, 10}},
                             {{0, 0}, seen},
                             {seen, {0, 0}},
                             {seen, {2, 0}},
                             {seen, {2, std::nan("")}}}) {
    EXPECT_TRUE(std::isnan(ratio_of(a, b)));
    EXPECT_EQ(chance_if_equal(a, b), 1);
    EXPECT_LE(log_evidence_against(1, a, b), 0);
    for (auto const interval_of : {ratio_interval, ratio_interval_at_any_look}) {
      EXPECT_EQ(interval_of(a, b, 0.95).low, 0);
      EXPECT_EQ(interval_of(a, b, 0.95).high, boundless);
    }
  }
}

TEST(Ratio, ACleanSideBoundsItFromOneSide) {
  exposure const clean{0, 400};
  exposure const failing{8, 100};
  for (auto const interval_of : {ratio_interval, ratio_interval_at_any_look}) {
    EXPECT_EQ(interval_of(clean, failing, 0.95).low, 0);
    EXPECT_LT(interval_of(clean, failing, 0.95).high, 1);
    EXPECT_GT(interval_of(failing, clean, 0.95).low, 1);
    EXPECT_EQ(interval_of(failing, clean, 0.95).high, boundless);
  }
}

TEST(Ratio, HugeNumbersStayAroundTheRatio) {
  for (auto const hits : {std::uint64_t{1'000'000}, std::uint64_t{1'000'000'000'000}}) {
    double const spread = 1 / std::sqrt(static_cast<double>(hits));
    double const hours = static_cast<double>(hits);
    exposure const a{hits, hours / 1000};
    exposure const b{hits * 2, hours * 1000};
    for (auto const interval_of : {ratio_interval, ratio_interval_at_any_look}) {
      auto const at = interval_of(a, b, 0.95);
      EXPECT_NEAR(at.low / ratio_of(a, b), 1, 20 * spread) << hits;
      EXPECT_NEAR(at.high / ratio_of(a, b), 1, 20 * spread) << hits;
      EXPECT_LT(at.low, ratio_of(a, b) * (1 - spread)) << hits;
      EXPECT_GT(at.high, ratio_of(a, b) * (1 + spread)) << hits;
    }
  }
}

TEST(Ratio, BeyondAllMeasureItStillHoldsTheRatio) {
  exposure const beyond{std::numeric_limits<std::uint64_t>::max(), 1e-9};
  exposure const one{1, 1e9};
  for (auto const interval_of : {ratio_interval, ratio_interval_at_any_look}) {
    auto const at = interval_of(beyond, one, 0.95);
    EXPECT_LE(at.low, ratio_of(beyond, one));
    EXPECT_GE(at.high, ratio_of(beyond, one));
    EXPECT_GT(at.low, 0);
  }
}

TEST(RatioAtAnyLook, ItsBoundsAreWhereTheEvidencePassesTwenty) {
  for (auto const& [a, b] : {std::pair<exposure, exposure>{{9, 20}, {3, 50}},
                             {{0, 30}, {6, 9}},
                             {{1, 2}, {1, 3}},
                             {{700, 20}, {3, 50}}}) {
    auto const at = ratio_interval_at_any_look(a, b);
    EXPECT_NEAR(log_evidence_against(at.high, a, b), std::log(20), 1e-6);
    if (a.hits > 0) {
      EXPECT_NEAR(log_evidence_against(at.low, a, b), std::log(20), 1e-6);
    }
  }
}

TEST(RatioAtAnyLook, EvidenceIsTheAverageLikelihoodOverTheBestOfThatRatio) {
  exposure const a{4, 20};
  exposure const b{3, 50};
  auto const log_likelihood = [&](double rate_a, double rate_b) {
    return 4 * std::log(rate_a) - rate_a * 20 + 3 * std::log(rate_b) - rate_b * 50;
  };
  // The average over five means, each rate with a gamma density of shape 1/2, by the
  // midpoint rule over the logarithms of both rates.
  double const step = 0.05;
  double average = 0;
  for (double const mean : {1e-5, 1e-3, 0.1, 10.0, 1e3}) {
    auto const density = [&](double rate) {
      return std::sqrt(0.5 / mean * rate / 3.141592653589793) * std::exp(-0.5 / mean * rate);
    };
    for (double x = -25; x < 5; x += step)
      for (double y = -25; y < 5; y += step)
        average += 0.2 * step * step * density(std::exp(x)) * density(std::exp(y)) *
                   std::exp(log_likelihood(std::exp(x), std::exp(y)));
  }
  for (double const ratio : {0.2, 1.0, 8.0}) {
    double best = -1e300;
    for (double y = -8; y < 2; y += 1e-4)
      best = std::max(best, log_likelihood(ratio * std::exp(y), std::exp(y)));
    EXPECT_NEAR(log_evidence_against(ratio, a, b), std::log(average) - best, 1e-3) << ratio;
  }
}

}  // namespace
}  // namespace wedgehog::experiment
