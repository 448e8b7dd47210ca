// One whole life of a performer, played on a manual clock with a model of QEMU and its guest: from
// the plan to the sealed folder. The same seed gives the same life, signal by signal.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conductor/perform.hpp"
#include "loop/simulated_loop.hpp"
#include "plan/plan.hpp"
#include "tests/simulation/bad_days.hpp"
#include "timeline/timeline.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::simulation {

struct life_options {
  std::uint64_t seed = 0;
  plan::plan what{};
  bad_day day{};
  std::filesystem::path into{};     // the run's folder; must not be there yet
  std::filesystem::path runtime{};  // where machines keep their sockets; empty: one of its own
  // Asked after each turn of the scheduler; what is on disk then is what a killed performer leaves.
  std::function<void(std::uint64_t turn)> look{};
  // Between the performer and its machines, to spoil what a promise rests on; for mutations.
  std::function<std::unique_ptr<vm::backend>(std::unique_ptr<vm::backend>, loop::clock&)> wrap{};
};

struct life {
  loop::simulated_loop::ending ending = loop::simulated_loop::ending::idle;
  loop::duration took{};  // by the manual clock
  std::uint64_t turns = 0;
  std::optional<conductor::performed> done;
  std::string failure;                   // instead of it
  std::size_t alive = 0;                 // machines that still go on
  int descriptors = 0;                   // more than before
  std::vector<std::string> left_behind;  // below the runtime folder
  // When the first thing went wrong that the plan or the day brought, since the run began.
  std::optional<loop::duration> cause;
};

[[nodiscard]] life play(life_options const& options);

// What the folder holds, read back.
struct record {
  plan::plan what;
  bad_day day;
  life lived;
  timeline::timeline signals;
  verdict::judged_run::conclusion again;  // judged from the folder
  bool again_met = false;                 // the expectation, by that judgement
  std::vector<std::string> complaints;    // of the reader
  bool sealed = false;
  std::size_t opinions = 0;
  std::vector<std::string> files;  // of the manifest
};
[[nodiscard]] record read_back(life_options const& options, life lived);

}  // namespace wedgehog::simulation
