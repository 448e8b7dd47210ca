// What is seen of a task's attempts from outside: their folders, and what their performers say in
// files beside. Blocking.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "farm/slurm/attempt.hpp"

namespace wedgehog::farm::slurm {

struct task_place {
  std::filesystem::path folder;  // of the first attempt
  std::string work;              // of its array
  std::uint32_t index = 0;
};

// The first is always among them, begun or not.
[[nodiscard]] std::vector<attempt> attempts_at(task_place const& where);

// The last whole line of the newest words of a performer; empty when there is none.
[[nodiscard]] std::string last_progress(task_place const& where, int restarts);

// What was said where nobody listened: by Slurm, the script, the performer; their last words.
[[nodiscard]] std::string last_words(task_place const& where, int restarts);

// The list, the script and what was said are not wanted any more once all of an array is over.
void forget_words(task_place const& where);

}  // namespace wedgehog::farm::slurm
