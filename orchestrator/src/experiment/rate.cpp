#include "experiment/rate.hpp"

#include <cmath>

#include "experiment/mixture.hpp"

namespace wedgehog::experiment {
namespace {

// All rates whose likelihood is less than `nats` below that of the rate that was seen.
interval rates_within(double nats, exposure const& seen) {
  double const n = static_cast<double>(seen.hits);
  if (seen.hits == 0) return {0, nats / seen.hours};
  auto const over = [&](double log_of_ratio) {
    return n * (std::expm1(log_of_ratio) - log_of_ratio) - nats;
  };
  // What must be exceeded is exceeded there: exp(x) - 1 - x is above |x| - 1, and above x * x / 2
  // for positive x.
  double const far_below = -(nats / n + 2);
  double const far_above = std::sqrt(2 * nats / n) + 1;
  double const centre = n / seen.hours;
  return {centre * std::exp(crossing(over, 0, far_below)),
          centre * std::exp(crossing(over, 0, far_above))};
}

}  // namespace

double rate_of(exposure const& seen) {
  return seen.hours > 0 ? static_cast<double>(seen.hits) / seen.hours : 0;
}

interval rate_interval(exposure const& seen, double confidence) {
  if (!(seen.hours > 0)) return {0, unbounded};
  double const n = static_cast<double>(seen.hits);
  double const tail = (1 - confidence) / 2;
  double const low = seen.hits == 0 ? 0 : boost::math::gamma_p_inv(n, tail, quietly());
  double const high = boost::math::gamma_q_inv(n + 1, tail, quietly());
  return {low / seen.hours, high / seen.hours};
}

interval rate_interval_at_any_look(exposure const& seen, double confidence) {
  if (!(seen.hours > 0)) return {0, unbounded};
  double const average =
      log_average_over_all([&](double expected) { return log_average_over_peak(seen, expected); });
  return rates_within(-std::log(1 - confidence) - average, seen);
}

interval rate_interval_at_any_look_expecting(double rate, exposure const& seen, double confidence) {
  if (!(seen.hours > 0)) return {0, unbounded};
  return rates_within(-std::log(1 - confidence) - log_average_over_peak(seen, rate), seen);
}

}  // namespace wedgehog::experiment
