// What Slurm says of tasks, read from the words of its programs. Pure. All of it is a hint: the
// run's folder is the truth, and exit codes of tasks that were cancelled or ran out of time are 0.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wedgehog::farm::slurm {

enum class task_phase {
  waiting,  // in the queue, or back in it after its node failed
  running,  // or about to be, or just ending
  ended,    // its node has seen all its processes end
  lost,     // over, and nobody knows whether its processes are: node failed, cancelled, preempted
};
// Slurm's words for a state, as %T and JobState= have them; a newer Slurm's word is nothing.
[[nodiscard]] std::optional<task_phase> phase_of(std::string_view state);

struct listed_task {
  std::uint32_t job = 0;  // its own number, which differs from the array's
  task_phase phase = task_phase::waiting;
  std::string state;   // PENDING
  std::string reason;  // why it waits; empty for None
  std::string node;
};
struct task_key {
  std::uint32_t array = 0;  // what sbatch said
  std::uint32_t index = 0;
  auto operator<=>(task_key const&) const = default;
};

// Lines of `squeue -h -r -t all -o %A|%F|%K|%T|%r|%N`. Tasks of an array that were not taken apart
// (3-5,7%2) are all there. Lines of other forms are left out.
inline constexpr std::string_view queue_format = "%A|%F|%K|%T|%r|%N";
[[nodiscard]] std::map<task_key, listed_task> read_queue(std::string_view text);

// The others of these lines: jobs that are no arrays, as srun makes them.
[[nodiscard]] std::vector<listed_task> read_jobs(std::string_view text);

// What `sbatch --parsable` said: "17" or "17;cluster". Nothing when it is no number.
[[nodiscard]] std::optional<std::uint32_t> read_submission(std::string_view text);

// Whether a program failed because Slurm's controller could not be asked: worth asking again.
[[nodiscard]] bool is_out_of_reach(std::string_view words);

// What a person should look at besides what the program said; empty when that says it.
[[nodiscard]] std::string_view advice_for(std::string_view words);

// Whether a task waits for what only people can change: a drained node, a limit, a hold.
[[nodiscard]] bool needs_people(std::string_view reason);

}  // namespace wedgehog::farm::slurm
