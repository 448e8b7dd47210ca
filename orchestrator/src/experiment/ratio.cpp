#include "experiment/ratio.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

#include "experiment/mixture.hpp"

namespace wedgehog::experiment {
namespace {

bool tells_nothing(exposure const& of, exposure const& to) {
  return !(of.hours > 0) || !(to.hours > 0) || (of.hits == 0 && to.hits == 0);
}

double as_number(std::uint64_t hits) {
  return static_cast<double>(hits);
}

// Both sides of about the same rate, whatever that is: one expected rate for both, as rates of one
// recipe tend to be; within it each is free over more than a factor of 1000.
double log_joint_average_over_peak(exposure const& of, exposure const& to) {
  return log_average_over_all([&](double expected) {
    return log_average_over_peak(of, expected) + log_average_over_peak(to, expected);
  });
}

// ln(p exp(x) + 1 - p) - p x, for any x. Of both sides' likelihood: how far below its peak it is
// per hit where the ratio is exp(x) times that which was seen.
double drop_per_hit(double p, double x) {
  if (x > 0) return std::log1p((1 - p) * std::expm1(-x)) + (1 - p) * x;
  return std::log1p(p * std::expm1(x)) - p * x;
}

}  // namespace

double ratio_of(exposure const& of, exposure const& to) {
  if (tells_nothing(of, to)) return std::numeric_limits<double>::quiet_NaN();
  return as_number(of.hits) / of.hours / (as_number(to.hits) / to.hours);
}

interval ratio_interval(exposure const& of, exposure const& to, double confidence) {
  if (tells_nothing(of, to)) return {0, unbounded};
  double const tail = (1 - confidence) / 2;
  double const a = as_number(of.hits);
  double const b = as_number(to.hits);
  double const per_odds = to.hours / of.hours;
  interval found{0, unbounded};
  double rest = 0;
  if (of.hits > 0) {
    double const share = boost::math::ibeta_inv(a, b + 1, tail, &rest, quietly());
    found.low = share / rest * per_odds;
  }
  if (to.hits > 0) {
    double const share = boost::math::ibetac_inv(a + 1, b, tail, &rest, quietly());
    found.high = share / rest * per_odds;
  }
  return found;
}

double chance_if_equal(exposure const& of, exposure const& to) {
  if (tells_nothing(of, to)) return 1;
  double const a = as_number(of.hits);
  double const b = as_number(to.hits);
  double const share = of.hours / (of.hours + to.hours);
  // P(at least a), P(at most a) of a + b.
  double const above = of.hits == 0 ? 1 : boost::math::ibeta(a, b + 1, share, quietly());
  double const below = to.hits == 0 ? 1 : boost::math::ibetac(a + 1, b, share, quietly());
  return std::min(1.0, 2 * std::min(above, below));
}

double log_evidence_against(double ratio, exposure const& of, exposure const& to) {
  if (!(of.hours > 0) || !(to.hours > 0)) return 0;
  double const average = log_joint_average_over_peak(of, to);
  double const a = as_number(of.hits);
  double const b = as_number(to.hits);
  if (of.hits == 0 && to.hits == 0) return average;
  if (of.hits == 0) return average + b * std::log1p(ratio * of.hours / to.hours);
  if (to.hits == 0) return average + a * std::log1p(to.hours / (ratio * of.hours));
  double const x = std::log(ratio) - std::log(ratio_of(of, to));
  return average + (a + b) * drop_per_hit(a / (a + b), x);
}

interval ratio_interval_at_any_look(exposure const& of, exposure const& to, double confidence) {
  if (tells_nothing(of, to)) return {0, unbounded};
  double const nats = -std::log(1 - confidence) - log_joint_average_over_peak(of, to);
  double const a = as_number(of.hits);
  double const b = as_number(to.hits);
  double const per_odds = to.hours / of.hours;
  if (of.hits == 0) return {0, per_odds * std::expm1(nats / b)};
  if (to.hits == 0) return {per_odds / std::expm1(nats / a), unbounded};
  double const share = a / (a + b);
  auto const over = [&](double x) { return (a + b) * drop_per_hit(share, x) - nats; };
  // From there the straight lines that the drop approaches from above are over it.
  double const far_below = -(nats + (a + b) * std::log1p(a / b) + 1) / a;
  double const far_above = (nats + (a + b) * std::log1p(b / a) + 1) / b;
  double const centre = ratio_of(of, to);
  return {centre * std::exp(crossing(over, 0, far_below)),
          centre * std::exp(crossing(over, 0, far_above))};
}

}  // namespace wedgehog::experiment
