// The executor that a person's word names: `local`, `slurm`, `slurm:--partition=night
// --account=me`, `srun` (Slurm's nodes, with which no folder is shared).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "farm/executor.hpp"
#include "loop/interruption.hpp"

namespace wedgehog::farm {

// What every executor is made of. All must outlive it.
struct executor_stage {
  loop::clock& time;
  loop::asio::thread_pool& pool;
  loop::interruption& stop;
  std::size_t slots = 1;
  std::string campaign;           // its uid
  std::filesystem::path results;  // below which the runs' folders are
  close_run close;
  std::function<void(std::string const&)> say;  // for people; one sentence
  // Whether this host has room for a guest of so much memory.
  std::function<result<void>(std::uint64_t)> room{};
};

// Performers are this program, as `wedgehog perform`. Blame: recipe, with the words there are.
result<std::unique_ptr<executor>> make_executor(std::string_view word, executor_stage stage);

}  // namespace wedgehog::farm
