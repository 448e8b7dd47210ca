// What is said to Slurm: the words of its programs and the script that each task of an array runs.
// Pure. A task signals its performer alone: `scancel --full` would end QEMU beside it, and with it
// what the performer was about to keep.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::farm::slurm {

using words = std::vector<std::string>;

// "wedgehog-" and the campaign's uid: by it all jobs of a campaign are found.
[[nodiscard]] std::string job_name(std::string_view campaign);
// Of those that srun carries: what is left of one has nobody to send its evidence to.
[[nodiscard]] std::string streamed_job_name(std::string_view campaign);

struct array_job {
  std::string name;
  std::string mark;  // told by nobody else: by it the job is found when sbatch did not answer
  std::string work;  // a folder that all nodes see: script, list and the tasks' words
  std::uint32_t tasks = 1;
  std::uint64_t memory = 0;  // bytes of each
  int processors = 1;
  words more;  // of the user's: --partition=…, --account=…
};
[[nodiscard]] words submission(array_job const& job);
// `name`: or several, apart by commas.
[[nodiscard]] words list_of_queue(std::string_view name);
// A run of which nothing is shared with its node: srun carries its stream. `performer`: its words
// there.
struct streamed_job {
  std::string name;
  std::string mark;  // as in array_job
  std::uint64_t memory = 0;
  int processors = 1;
  words more;
  words performer;
};
[[nodiscard]] words carrier(streamed_job const& job);

// Array numbers and marks, NUMBER|MARK, of a campaign's jobs.
[[nodiscard]] words list_of_marks(std::string_view name);
// Only of those that wait or run.
[[nodiscard]] words list_of_living_marks(std::string_view name);
[[nodiscard]] std::uint32_t marked(std::string_view listed, std::string_view mark);  // 0: none

// Those that have not begun. `target`: words that say which, {"17"}, {"--name=…"}.
[[nodiscard]] words cancel_waiting(words const& target);
// Asks performers to end and to keep what they have.
[[nodiscard]] words ask_to_end(words const& target);
[[nodiscard]] words cancel(words const& target);
[[nodiscard]] std::string task_name(std::uint32_t array, std::uint32_t index);  // "17_3"
[[nodiscard]] words start_now(std::uint32_t job);

// As a shell takes it for one word.
[[nodiscard]] std::string in_quotes(std::string_view word);
// What a task runs: the performer, as the shell's successor, on the folder that the list names in
// the line of the task. A task that Slurm starts again plays into FOLDER-rN, so that a node that
// was only silent cannot write into it. `work` as in array_job.
[[nodiscard]] std::string script(words const& performer, std::string_view work);
[[nodiscard]] std::string folder_of(std::string const& folder, int restarts);
// What the task's performer says, its lines of progress.
[[nodiscard]] std::string progress_file(std::string const& work, std::uint32_t index, int restarts);
// What Slurm and the script say.
[[nodiscard]] std::string words_file(std::string const& work, std::uint32_t index);

}  // namespace wedgehog::farm::slurm
