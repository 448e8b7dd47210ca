// One life of a machine at whose console somebody sits, of which nothing is left afterwards.
#pragma once

#include "adoption/adopt.hpp"
#include "adoption/sitting.hpp"

namespace wedgehog::adoption {

// Of whoever was asked to stop.
[[nodiscard]] inline error stopped() {
  return host_error("interrupted");
}

// Also when it is interrupted. Work(sitting&) gives an awaitable of a result<void>.
template <class Work>
loop::awaitable<result<void>> live(workshop const& in, vm::machine_spec const& spec,
                                   guest::profile const& profile, Work const& work) {
  auto begun = co_await sitting::begin(in.time, in.backend, spec, profile);
  if (!begun) co_return begun.error();
  auto& here = *begun.value();
  loop::awaitable<result<void>> doing = work(here);
  auto const done = co_await in.stop.unless_requested(std::move(doing));
  co_await here.end();
  co_return done ? *done : result<void>(stopped());
}

}  // namespace wedgehog::adoption
