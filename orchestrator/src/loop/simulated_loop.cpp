#include "loop/simulated_loop.hpp"

#include <utility>

namespace wedgehog::loop {

simulated_loop::simulated_loop() : context_(1), time_(context_.get_executor()) {
  // Not zero: whoever derives ids from the time must not get none.
  time_.advance(std::chrono::seconds(1000));
}

bool simulated_loop::turn() {
  if (context_.stopped()) context_.restart();
  if (context_.poll_one() > 0) {
    ++turns_;
    ++at_once_;
    return true;
  }
  auto const next = time_.next_deadline();
  if (!next) return false;
  at_once_ = 0;
  ++turns_;
  time_.advance(*next - time_.now() + std::exchange(lag_, duration{}));
  return true;
}

simulated_loop::ending simulated_loop::play_one(bool const& done, time_point until) {
  if (done) return ending::done;
  if (time_.now() >= until) return ending::late;
  if (at_once_ > most_turns_at_once) return ending::spins;
  return turn() ? ending::done : ending::idle;
}

simulated_loop::ending simulated_loop::play(bool const& done, time_point until) {
  auto so_far = ending::done;
  while (!done && so_far == ending::done) so_far = play_one(done, until);
  return so_far;
}

}  // namespace wedgehog::loop
