#include "farm/slurm/queue.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/parts.hpp"

namespace wedgehog::farm::slurm {
namespace {

// MaxArraySize is at most so large; what goes beyond is no array.
constexpr std::uint32_t largest_index = 4'000'000;
constexpr std::size_t most_expanded = 100'000;

struct state_word {
  std::string_view word;
  task_phase phase;
};
// squeue(1), "JOB STATE CODES". SPECIAL_EXIT, REQUEUED and their like are back in the queue.
constexpr std::array states{
    state_word{"PENDING", task_phase::waiting},
    state_word{"REQUEUED", task_phase::waiting},
    state_word{"REQUEUE_FED", task_phase::waiting},
    state_word{"REQUEUE_HOLD", task_phase::waiting},
    state_word{"SPECIAL_EXIT", task_phase::waiting},
    state_word{"RESV_DEL_HOLD", task_phase::waiting},
    state_word{"RUNNING", task_phase::running},
    state_word{"CONFIGURING", task_phase::running},
    state_word{"COMPLETING", task_phase::running},
    state_word{"SUSPENDED", task_phase::running},
    state_word{"STOPPED", task_phase::running},
    state_word{"SIGNALING", task_phase::running},
    state_word{"STAGE_OUT", task_phase::running},
    state_word{"RESIZING", task_phase::running},
    state_word{"COMPLETED", task_phase::ended},
    state_word{"FAILED", task_phase::ended},
    state_word{"TIMEOUT", task_phase::ended},
    state_word{"OUT_OF_MEMORY", task_phase::ended},
    state_word{"DEADLINE", task_phase::ended},
    state_word{"CANCELLED", task_phase::lost},
    state_word{"NODE_FAIL", task_phase::lost},
    state_word{"PREEMPTED", task_phase::lost},
    state_word{"BOOT_FAIL", task_phase::lost},
    state_word{"REVOKED", task_phase::lost},
    state_word{"LAUNCH_FAILED", task_phase::lost},
    state_word{"RECONFIG_FAIL", task_phase::lost},
};

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t number = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "3", "3-5", "0-8:4", several of them apart by commas, and "%2" behind: how many at once.
std::vector<std::uint32_t> indices_in(std::string_view text) {
  std::vector<std::uint32_t> all;
  for (auto const part : parts_of(text.substr(0, text.find('%')), ',')) {
    auto const stepped = parts_of(part, ':');
    auto const ends = parts_of(stepped[0], '-');
    auto const first = number_in(ends[0]);
    auto const last = ends.size() == 2 ? number_in(ends[1]) : first;
    auto const step = stepped.size() == 2 ? number_in(stepped[1]) : 1U;
    if (!first || !last || !step || *step == 0 || ends.size() > 2 || stepped.size() > 2 ||
        *last > largest_index)
      continue;
    for (auto index = *first; index <= *last && all.size() < most_expanded; index += *step)
      all.push_back(index);
  }
  return all;
}

struct queue_line {
  std::uint32_t array = 0;
  std::string_view indices;
  listed_task task;
};

std::optional<queue_line> read_line(std::string_view line) {
  auto const fields = parts_of(line, '|');
  if (fields.size() < 6) return std::nullopt;
  auto const job = number_in(fields[0]);
  auto const array = number_in(fields[1]);
  auto const phase = phase_of(fields[3]);
  if (!job || !array || !phase) return std::nullopt;
  // A reason is free text; the node stands last, whatever is between.
  std::string reason(fields[4]);
  for (std::size_t i = 5; i + 1 < fields.size(); ++i) reason += "|" + std::string(fields[i]);
  if (reason == "None") reason.clear();
  return queue_line{
      *array, fields[2],
      listed_task{*job, *phase, std::string(fields[3]), reason, std::string(fields.back())}};
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

}  // namespace

std::optional<task_phase> phase_of(std::string_view state) {
  // scontrol and jobcomp may say more behind it: "CANCELLED by 1000", "NODE_FAIL+".
  state = state.substr(0, state.find_first_of(" +*"));
  auto const found = std::find_if(states.begin(), states.end(),
                                  [state](state_word const& known) { return known.word == state; });
  if (found == states.end()) return std::nullopt;
  return found->phase;
}

std::map<task_key, listed_task> read_queue(std::string_view text) {
  std::map<task_key, listed_task> all;
  for (auto const line : parts_of(text, '\n'))
    if (auto const one = read_line(line))
      for (auto const index : indices_in(one->indices))
        all.insert_or_assign({one->array, index}, one->task);
  return all;
}

std::vector<listed_task> read_jobs(std::string_view text) {
  std::vector<listed_task> all;
  for (auto const line : parts_of(text, '\n'))
    if (auto const one = read_line(line); one && one->indices == "N/A") all.push_back(one->task);
  return all;
}

std::optional<std::uint32_t> read_submission(std::string_view text) {
  // Warnings may stand before it.
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  if (auto const before = text.rfind('\n'); before != std::string_view::npos)
    text.remove_prefix(before + 1);
  auto const number = number_in(text.substr(0, text.find(';')));
  return number && *number > 0 ? number : std::nullopt;
}

bool is_out_of_reach(std::string_view words) {
  // slurm_strerror() of 20.11 … 23.02: what the network and a controller that starts say.
  return has_any(words, {"Unable to contact slurm controller", "timed out", "Connection refused",
                         "Connection reset", "Broken pipe", "Zero Bytes were transmitted",
                         "Transport endpoint is not connected", "in standby mode",
                         "Unable to establish", "Resource temporarily",
                         "Message connection failure", "Communication connection failure"});
}

std::string_view advice_for(std::string_view words) {
  // Slurm 22.05: a controller whose munge refuses a message hangs up without a word (clocks an hour
  // apart, seen 2026-11).
  if (has_any(words, {"Zero Bytes were transmitted", "authentication", "Invalid credential"}))
    return "so it answers, too, when munge refuses us: are the clocks of this host and the "
           "controller's within 5 minutes, and their munge keys the same?";
  return {};
}

bool needs_people(std::string_view reason) {
  if (reason.empty()) return false;
  // squeue(1), "JOB REASON CODES": these end by themselves.
  constexpr std::array<std::string_view, 10> passing{
      "Priority",  "Resources",    "BeginTime",         "Cleaning",      "Prolog",
      "NodeReady", "RequeueDelay", "JobArrayTaskLimit", "SchedulerBusy", "Reservation"};
  return std::find(passing.begin(), passing.end(), reason) == passing.end();
}

}  // namespace wedgehog::farm::slurm
