#include "faults/duty_cycle.hpp"

#include <algorithm>

namespace wedgehog::faults {
namespace {

class continued_at_last {
 public:
  explicit continued_at_last(std::function<bool()> const& go) : go_(go) {}
  ~continued_at_last() { go_(); }
  continued_at_last(continued_at_last const&) = delete;
  continued_at_last& operator=(continued_at_last const&) = delete;

 private:
  std::function<bool()> const& go_;
};

double seconds(loop::duration length) {
  return std::chrono::duration<double>(length).count();
}

}  // namespace

duty_cycle::turns duty_cycle::divide(loop::duration period, double share) {
  auto const run = std::chrono::duration_cast<loop::duration>(period * share);
  return {run, period - run};
}

double duty_cycle::share() const {
  double const all = seconds(ran_) + seconds(rested_);
  return all > 0 ? seconds(ran_) / all : 1;
}

loop::awaitable<void> duty_cycle::run() {
  continued_at_last const guard(whom_.go);
  loop::time_point due = time_.now();
  loop::time_point since = due;
  for (;;) {
    due += each_.run;
    co_await time_.sleep_until(due);
    bool const busy = whom_.busy();
    if (!whom_.stop()) co_return;
    ++stops_;
    if (busy) ++felt_;
    loop::time_point const stopped = time_.now();
    ran_ += stopped - since;
    // A turn that began late gets its whole rest, and the next one its whole run: the share holds
    // on a busy host too, only the turns get longer.
    due = std::max(due, stopped) + each_.rest;
    co_await time_.sleep_until(due);
    if (!whom_.go()) co_return;
    since = time_.now();
    rested_ += since - stopped;
    due = since;
  }
}

}  // namespace wedgehog::faults
