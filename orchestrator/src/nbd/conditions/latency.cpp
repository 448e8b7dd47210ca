// Model: the device answers late. A healthy guest only becomes slower: no error, no reset, no
// message but hung-task warnings when a single request takes longer than their limit.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class latency final : public condition {
 public:
  latency(settings const& read, chance luck)
      : shape_(read.text("shape")),
        delay_(read.duration("delay")),
        spread_(read.duration("spread")),
        sigma_(read.fraction("sigma")),
        alpha_(std::max(0.01, read.fraction("alpha"))),
        limit_(read.duration("limit")),
        luck_(luck) {
    if (read.has("trace")) trace_ = read.durations("trace");
  }

  ruling consider(passage&, time_point now) override {
    auto const drawn = std::clamp(draw(), microseconds(0), limit_);
    if (drawn.count() == 0) return {};
    return {.what = ruling::kind::wait, .until = now + drawn};
  }
  [[nodiscard]] waiting makes_wait() const override { return waiting::delays; }

 private:
  microseconds draw() {
    if (!trace_.empty()) return trace_[next_++ % trace_.size()];
    auto const middle = static_cast<double>(delay_.count());
    auto const spread = static_cast<double>(spread_.count());
    if (shape_ == "uniform") return whole(middle + spread * (2 * luck_.fraction() - 1));
    if (shape_ == "normal") return whole(middle + spread * normal());
    if (shape_ == "lognormal") return whole(middle * std::exp(sigma_ * normal()));
    if (shape_ == "pareto") return whole(middle * std::pow(1 - luck_.fraction(), -1 / alpha_));
    return delay_;
  }
  // Box and Muller: the same draws on every host, which std::normal_distribution does not promise.
  double normal() {
    double const radius = std::sqrt(-2 * std::log(1 - luck_.fraction()));
    return radius * std::cos(2 * std::numbers::pi * luck_.fraction());
  }
  [[nodiscard]] microseconds whole(double value) const {
    auto const most = static_cast<double>(limit_.count());
    return microseconds(static_cast<std::int64_t>(std::clamp(value, 0.0, most)));
  }

  std::string shape_;
  microseconds delay_;
  microseconds spread_;
  double sigma_;
  double alpha_;
  microseconds limit_;
  std::vector<microseconds> trace_;
  std::size_t next_ = 0;
  chance luck_;
};

}  // namespace

condition_kind latency_kind() {
  return {
      .name = "latency",
      .summary = "answers late",
      .model =
          "Everything still completes: the guest is slow, and must not report an error, reset "
          "the controller or stop. A hung-task warning is a false alarm.",
      .example = "slow=latency:delay=10ms,operations=read+write",
      .parameters =
          {{"delay", parameter_type::duration, "0ms",
            "fixed: the delay; uniform, normal: its middle; lognormal: its median; pareto: its "
            "least"},
           {"shape", parameter_type::choice, "fixed", "how it is distributed",
            "fixed uniform normal lognormal pareto"},
           {"spread", parameter_type::duration, "0ms",
            "uniform: up to so much more or less; normal: the standard deviation"},
           {"sigma", parameter_type::number, "0.5", "lognormal: deviation of the logarithm"},
           {"alpha", parameter_type::number, "1.5", "pareto: the smaller, the heavier the tail"},
           {"limit", parameter_type::duration, "1h", "never longer than this"},
           {"trace", parameter_type::durations, "",
            "these delays, one per request, again from the start at the end; instead of a shape. "
            "On "
            "the command line also trace_file=PATH: one delay in each line"}},
      .default_operations = "read+write+flush+trim+zero",
      .make = [](settings const& read,
                 disk_context const& context) -> result<std::unique_ptr<condition>> {
        return std::make_unique<latency>(read, context.luck);
      }};
}

}  // namespace wedgehog::nbd
