// Model: a device of so many requests or bytes per second. Requests queue up: with a deep queue the
// latency is depth / rate. A healthy guest only becomes slower.
#include "nbd/conditions/rate.hpp"

#include <algorithm>

#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(value, 86400.0 * 365) * 1e9));
}

class rate final : public condition {
 public:
  rate(settings const& read, std::shared_ptr<rate_bucket> bucket) : bucket_(std::move(bucket)) {
    if (read.has("requests")) requests_ = read.fraction("requests");
    if (read.has("bytes")) bytes_ = static_cast<double>(read.number("bytes"));
    burst_ = read.duration("burst");
  }

  ruling consider(passage& one, time_point now) override {
    auto const carries = one.asked.what == operation::read || one.asked.what == operation::write;
    auto until = now;
    if (requests_ > 0)
      until = std::max(until, bucket_->requests.take(now, seconds(1 / requests_), burst_));
    if (bytes_ > 0 && carries)
      until = std::max(until, bucket_->bytes.take(now, seconds(one.asked.length / bytes_), burst_));
    if (until == now) return {};
    return {.what = ruling::kind::wait, .until = until};
  }
  [[nodiscard]] waiting makes_wait() const override { return waiting::delays; }

 private:
  std::shared_ptr<rate_bucket> bucket_;
  double requests_ = 0;
  double bytes_ = 0;
  microseconds burst_{};
};

}  // namespace

time_point rate_bucket::meter::take(time_point now, std::chrono::nanoseconds cost,
                                    microseconds burst) {
  auto const begin = std::max(now - burst, empty_at);
  empty_at = begin + cost;
  return std::max(now, begin);
}

std::shared_ptr<rate_bucket> shared_rates::find(std::string const& name) {
  auto& known = buckets_[name];
  auto found = known.lock();
  if (found == nullptr) known = found = std::make_shared<rate_bucket>();
  return found;
}

condition_kind rate_kind() {
  return {
      .name = "rate",
      .summary = "a token bucket of requests and bytes per second, of this disk or shared",
      .model =
          "Everything completes in order of arrival; the latency is the queue's depth divided "
          "by the rate. A device of 50 requests per second is slow, not hung.",
      .example = "old-disk=rate:requests=50,bytes=1MiB",
      .parameters =
          {{"requests", parameter_type::number, "", "requests per second; not given: unlimited"},
           {"bytes", parameter_type::size, "", "bytes per second, read and written together"},
           {"burst", parameter_type::duration, "0ms",
            "after a pause, so much time's worth may go through at once"},
           {"share", parameter_type::text, "", "disks with the same word here share one bucket"}},
      .default_operations = "read+write+flush+trim+zero",
      .make = [](settings const& read,
                 disk_context const& context) -> result<std::unique_ptr<condition>> {
        if (!read.has("requests") && !read.has("bytes"))
          return recipe_error("a rate needs 'requests' or 'bytes'");
        if ((read.has("requests") && read.fraction("requests") <= 0) ||
            (read.has("bytes") && read.number("bytes") == 0))
          return recipe_error("a rate must be above zero; to stop a disk, use 'hold'");
        auto bucket = read.has("share") && context.rates != nullptr
                          ? context.rates->find(read.text("share"))
                          : std::make_shared<rate_bucket>();
        return std::make_unique<rate>(read, std::move(bucket));
      }};
}

}  // namespace wedgehog::nbd
