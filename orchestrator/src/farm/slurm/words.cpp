#include "farm/slurm/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "farm/slurm/queue.hpp"

namespace wedgehog::farm::slurm {
namespace {

words with(words first, words const& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

// Without --mem a task takes the whole memory of its node. K and M are powers of two.
std::string memory_of(std::uint64_t bytes) {
  constexpr std::uint64_t mebibyte = 1U << 20U;
  return fmt::format("--mem={}M", std::max<std::uint64_t>((bytes + mebibyte - 1) / mebibyte, 1));
}

}  // namespace

std::string job_name(std::string_view campaign) {
  return fmt::format("wedgehog-{}", campaign);
}

std::string streamed_job_name(std::string_view campaign) {
  return fmt::format("wedgehog-{}-stream", campaign);
}

words submission(array_job const& job) {
  words const fixed{"sbatch",
                    "--parsable",
                    "--requeue",
                    "--job-name=" + job.name,
                    "--comment=" + job.mark,
                    fmt::format("--array=0-{}", std::max(job.tasks, 1U) - 1),
                    memory_of(job.memory),
                    "--nodes=1",
                    "--ntasks=1",
                    fmt::format("--cpus-per-task={}", std::max(job.processors, 1)),
                    "--open-mode=append",
                    "--output=" + job.work + "/%a.words"};
  return with(with(fixed, job.more), {job.work + "/script"});
}

words carrier(streamed_job const& job) {
  // Within an allocation srun would begin a step of that. What is written without a line's end is
  // sent at once only with --unbuffered. With --quiet it says errors alone.
  words const fixed{"env",
                    "-u",
                    "SLURM_JOB_ID",
                    "-u",
                    "SLURM_JOBID",
                    "srun",
                    "--unbuffered",
                    "--quiet",
                    "--job-name=" + job.name,
                    "--comment=" + job.mark,
                    memory_of(job.memory),
                    "--nodes=1",
                    "--ntasks=1",
                    fmt::format("--cpus-per-task={}", std::max(job.processors, 1)),
                    "--chdir=/"};
  return with(with(fixed, job.more), job.performer);
}

words list_of_queue(std::string_view name) {
  return {"squeue", "-h",
          "-r",     "-t",
          "all",    fmt::format("--name={}", name),
          "-o",     std::string(queue_format)};
}

words list_of_marks(std::string_view name) {
  return {"squeue", "-h", "-t", "all", fmt::format("--name={}", name), "-o", "%F|%k"};
}

words list_of_living_marks(std::string_view name) {
  return {"squeue", "-h", fmt::format("--name={}", name), "-o", "%F|%k"};
}

std::uint32_t marked(std::string_view listed, std::string_view mark) {
  while (!listed.empty()) {
    auto const line = listed.substr(0, listed.find('\n'));
    listed.remove_prefix(std::min(line.size() + 1, listed.size()));
    auto const bar = line.find('|');
    if (bar == std::string_view::npos || line.substr(bar + 1) != mark) continue;
    std::uint32_t number = 0;
    auto const [end, failure] = std::from_chars(line.data(), line.data() + bar, number);
    if (failure == std::errc() && end == line.data() + bar) return number;
  }
  return 0;
}

words cancel_waiting(words const& target) {
  return with({"scancel", "-Q", "--state=PENDING"}, target);
}

words ask_to_end(words const& target) {
  // scancel(1): --batch signals the batch script alone, which is the performer.
  return with({"scancel", "-Q", "--batch", "--signal=TERM"}, target);
}

words cancel(words const& target) {
  return with({"scancel", "-Q"}, target);
}

std::string task_name(std::uint32_t array, std::uint32_t index) {
  return fmt::format("{}_{}", array, index);
}

words start_now(std::uint32_t job) {
  return {"scontrol", "update", fmt::format("JobId={}", job), "StartTime=now"};
}

std::string in_quotes(std::string_view word) {
  std::string text = "'";
  for (char c : word) {
    if (c == '\'')
      text += "'\\''";
    else
      text += c;
  }
  return text + "'";
}

std::string folder_of(std::string const& folder, int restarts) {
  return restarts == 0 ? folder : fmt::format("{}-r{}", folder, restarts);
}

std::string progress_file(std::string const& work, std::uint32_t index, int restarts) {
  return fmt::format("{}/{}.{}.progress", work, index, restarts);
}

std::string words_file(std::string const& work, std::uint32_t index) {
  return fmt::format("{}/{}.words", work, index);
}

std::string script(words const& performer, std::string_view work) {
  std::string program;
  for (auto const& word : performer) program += in_quotes(word) + " ";
  // The shell becomes the performer, so that a signal to the batch script is one to it.
  return fmt::format(R"(#!/bin/sh
set -e
umask 077
work={0}
index=$SLURM_ARRAY_TASK_ID
restarts=${{SLURM_RESTART_COUNT:-0}}
folder=$(sed -n "$((index + 1))p" "$work/list")
into=$folder
if [ "$restarts" -gt 0 ]; then
  into=$folder-r$restarts
  mkdir -p "$into"
  [ -e "$into/order.json" ] || cp "$folder/order.json" "$into/order.json"
fi
cd /
exec >"$work/$index.$restarts.progress" 2>"$into/performer.stderr"
exec {1}"$folder/order.json" --into "$into" --progress 1 --restarts "$restarts"
)",
                     in_quotes(work), program);
}

}  // namespace wedgehog::farm::slurm
