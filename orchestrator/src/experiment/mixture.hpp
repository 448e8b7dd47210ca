// What intervals that hold at any look have in common: the likelihood of what was seen, averaged
// over rates, beside the greatest that any rate gives it. Ville's inequality bounds how often the
// average ever exceeds the true rate's likelihood 20 times: in 1 of 20 cases.
#pragma once

#include <algorithm>
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

#include "experiment/exposure.hpp"

namespace wedgehog::experiment {

// Of Boost.Math: what cannot be computed is a value (infinite, not a number) and never an
// exception.
using quietly = boost::math::policies::policy<
    boost::math::policies::domain_error<boost::math::policies::ignore_error>,
    boost::math::policies::pole_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::underflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
    boost::math::policies::promote_double<false>>;

inline constexpr double unbounded = std::numeric_limits<double>::infinity();

// From a failure in ten years to one in seconds: events per hour. A density of shape 1/2 covers the
// two decades between its neighbours.
inline constexpr std::array<double, 5> expected_rates{1e-5, 1e-3, 1e-1, 1e1, 1e3};

// ln of (likelihood averaged over rates of a gamma distribution of shape 1/2 and mean `expected`
// / greatest likelihood); never above 0. `seen.hours` > 0. Written so that nothing large is
// subtracted from something large.
inline double log_average_over_peak(exposure const& seen, double expected) {
  double const b = 0.5 / expected;
  double const n = static_cast<double>(seen.hits);
  double const log_root_pi = 0.5723649429247001;
  double const of_hours = 0.5 * std::log(b / (b + seen.hours));
  if (seen.hits == 0) return of_hours;
  // ln gamma(n + 1/2) - n ln n + n, by Stirling's series where the terms would cancel.
  double const of_hits = n > 1e4 ? 0.9189385332046727 - 1 / (24 * n)
                                 : boost::math::lgamma(n + 0.5, quietly()) - n * std::log(n) + n;
  return of_hours - log_root_pi + of_hits - n * std::log1p(b / seen.hours);
}

// The same for an equal mixture of them all. `log_average` gives the average for one of the rates.
template <class Average>
double log_average_over_all(Average const& log_average) {
  std::array<double, expected_rates.size()> averages{};
  std::transform(expected_rates.begin(), expected_rates.end(), averages.begin(), log_average);
  double const greatest = *std::max_element(averages.begin(), averages.end());
  double sum = 0;
  for (double const average : averages) sum += std::exp(average - greatest);
  return greatest + std::log(sum / static_cast<double>(averages.size()));
}

// The place between `low` and `high` where `rising` passes 0 (a rising function, or a falling one
// with low > high).
template <class Function>
double crossing(Function const& rising, double low, double high) {
  for (int i = 0; i < 200; ++i) {
    double const middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (rising(middle) < 0 ? low : high) = middle;
  }
  return high;
}

}  // namespace wedgehog::experiment
