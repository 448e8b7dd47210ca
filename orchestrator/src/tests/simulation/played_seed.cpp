#include "tests/simulation/played_seed.hpp"

#include "loop/temporary.hpp"
#include "tests/simulation/plans.hpp"

namespace wedgehog::simulation {

played_seed play_plan(plan::plan what, bad_day day, std::uint64_t seed,
                      std::function<void(std::uint64_t turn, std::filesystem::path const&)> look) {
  auto const home = loop::temporary_directory::make("/dev/shm").value();
  life_options options{.seed = seed,
                       .what = std::move(what),
                       .day = std::move(day),
                       .into = std::filesystem::path(home.path()) / "run"};
  if (look) options.look = [&look, into = options.into](std::uint64_t turn) { look(turn, into); };
  played_seed played;
  auto lived = play(options);
  played.read = read_back(options, std::move(lived));
  played.broken = broken_promises(played.read);
  return played;
}

played_seed play_seed(std::uint64_t seed,
                      std::function<void(std::uint64_t turn, std::filesystem::path const&)> look) {
  auto made = draw_plan(seed);
  auto played = play_plan(std::move(made.what), draw_bad_day(seed), seed, std::move(look));
  played.recipe = std::move(made.text);
  return played;
}

}  // namespace wedgehog::simulation
