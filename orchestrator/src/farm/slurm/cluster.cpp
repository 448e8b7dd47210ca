#include "farm/slurm/cluster.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "folder/files.hpp"
#include "folder/record.hpp"
#include "loop/asked_program.hpp"
#include "loop/within.hpp"

namespace wedgehog::farm::slurm {
namespace {

constexpr std::size_t largest_array = 1000;  // MaxArraySize is 1001 unless somebody changed it
constexpr std::size_t most_said = 200;

bool lives(listed_task const& one) {
  return one.phase == task_phase::running || one.phase == task_phase::waiting;
}

bool any_lives(std::string_view listed) {
  auto const jobs = read_jobs(listed);
  auto const tasks = read_queue(listed);
  return std::any_of(jobs.begin(), jobs.end(), lives) ||
         std::any_of(tasks.begin(), tasks.end(), [](auto const& one) { return lives(one.second); });
}

}  // namespace

void cluster::say_once(std::string const& text) {
  if (!terms_.say || said_.size() >= most_said) return;
  if (said_.emplace(text, true).second) terms_.say(text);
}

loop::awaitable<result<std::string>> cluster::ask(words question) {
  std::string const what = question[0] + (question.size() > 1 ? " " + question[1] : "");
  loop::program_question asked{std::move(question), "slurm-client"};
  auto asking = loop::ask_program(std::move(asked));
  auto answer = co_await loop::within<result<std::string>>(time_, terms_.most_for_an_answer,
                                                           std::move(asking));
  if (!answer)
    co_return host_error(fmt::format(
        "{}: timed out after {}", what,
        describe_duration(std::chrono::duration_cast<microseconds>(terms_.most_for_an_answer))));
  if (*answer) co_return std::move(*answer);
  // Slurm complains in several lines; ours are one.
  auto said = answer->error().what();
  for (std::size_t at = 0; (at = said.find('\n', at)) != std::string::npos;)
    said.replace(at, 1, "; ");
  if (auto const advice = advice_for(said); !advice.empty()) said += fmt::format(" ({})", advice);
  co_return host_error(std::move(said));
}

// Folder, list and script of an array; its mark.
result<std::string> cluster::write_work(batch& all) const {
  auto const mark = folder::new_uid();
  auto const work = std::filesystem::absolute(terms_.work) / mark;
  if (auto made = folder::make_folder(work); !made) return made.error();
  all.work = work.string();
  std::string list;
  for (auto const& one : all.tasks) list += one.folder.string() + "\n";
  if (auto kept = folder::write_document(work / "list", list); !kept) return kept.error();
  auto const text = script(terms_.performer, all.work);
  if (auto kept = folder::write_document(work / "script", text); !kept) return kept.error();
  return mark;
}

loop::awaitable<void> cluster::submit(batch& all) {
  auto const mark = write_work(all);
  if (!mark) {
    all.refused = mark.error();
    co_return;
  }
  auto const& first = all.tasks.front();
  array_job const job{.name = job_name(terms_.campaign),
                      .mark = *mark,
                      .work = all.work,
                      .tasks = static_cast<std::uint32_t>(all.tasks.size()),
                      .memory = first.memory,
                      .processors = first.processors,
                      .more = terms_.more};
  for (;;) {
    auto question = submission(job);
    auto const said = co_await ask(std::move(question));
    if (said) {
      if (auto const number = read_submission(*said)) {
        all.array = *number;
        co_return;
      }
      all.refused = host_error("sbatch said no job's number: " + said->substr(0, 300));
      co_return;
    }
    auto failure = said.error();
    if (!is_out_of_reach(failure.what())) {
      all.refused = std::move(failure).within("submitting runs to Slurm");
      co_return;
    }
    say_once("Slurm's controller does not answer; waiting for it: " + failure.what());
    // It may have taken the job and lost the answer.
    for (;;) {
      co_await time_.sleep_for(terms_.look_every);
      if (stop_.requested()) {
        all.refused = host_error("it was stopped before Slurm took the run");
        co_return;
      }
      auto question_of_marks = list_of_marks(job_name(terms_.campaign));
      auto const listed = co_await ask(std::move(question_of_marks));
      if (!listed) continue;
      all.array = marked(*listed, *mark);
      break;
    }
    if (all.array != 0) co_return;
  }
}

loop::awaitable<void> cluster::settle(std::shared_ptr<batch> mine) {
  try {
    co_await submit(*mine);
  } catch (...) {
    mine->refused = host_error("it was cancelled before Slurm took the run");
    mine->settled.ring();
    throw;
  }
  mine->submitted = time_.now();
  mine->settled.ring();
}

loop::awaitable<result<cluster::place>> cluster::enlist(task const& what) {
  std::pair const kind{what.memory, what.processors};
  auto& gathered = gathering_[kind];
  bool const first = !gathered || gathered->tasks.size() >= largest_array;
  if (first) gathered = std::make_shared<batch>(co_await loop::asio::this_coro::executor);
  auto const mine = gathered;
  auto const index = static_cast<std::uint32_t>(mine->tasks.size());
  mine->tasks.push_back(what);
  if (first) {
    co_await time_.sleep_for(terms_.gather);
    if (auto found = gathering_.find(kind); found != gathering_.end() && found->second == mine)
      gathering_.erase(found);
    co_await settle(mine);
  } else {
    while (mine->array == 0 && !mine->refused) co_await mine->settled.wait();
  }
  if (mine->refused) co_return *mine->refused;
  co_return place{mine, index};
}

loop::awaitable<std::shared_ptr<cluster::view const>> cluster::ask_queue() {
  auto now = std::make_shared<view>();
  now->asked = time_.now();
  auto question =
      list_of_queue(job_name(terms_.campaign) + "," + streamed_job_name(terms_.campaign));
  auto const said = co_await ask(std::move(question));
  if (said) {
    now->answered = true;
    now->tasks = read_queue(*said);
    now->jobs = read_jobs(*said);
    if (std::exchange(out_of_reach_, false) && terms_.say) terms_.say("Slurm answers again");
  } else if (!std::exchange(out_of_reach_, true) && terms_.say) {
    terms_.say("Slurm does not answer; its tasks run on, and their folders are watched: " +
               said.error().what());
  }
  co_return now;
}

loop::awaitable<std::shared_ptr<cluster::view const>> cluster::look() {
  for (;;) {
    if (seen_ && time_.now() - seen_->asked < terms_.look_every) co_return seen_;
    if (!looking_) break;
    auto const bell = looking_;
    co_await bell->wait();
  }
  auto const bell = std::make_shared<loop::bell>(co_await loop::asio::this_coro::executor);
  looking_ = bell;
  try {
    seen_ = co_await ask_queue();
  } catch (...) {
    looking_.reset();
    bell->ring();
    throw;
  }
  looking_.reset();
  bell->ring();
  co_return seen_;
}

// Performers are asked first, and have time for their evidence; one whose stream is cut has nobody
// to send it to.
loop::awaitable<result<void>> cluster::sweep(std::string_view campaign) {
  words const target{"--name=" + job_name(campaign)};
  words const streamed{"--name=" + streamed_job_name(campaign)};
  auto const names = job_name(campaign) + "," + streamed_job_name(campaign);
  auto const began = time_.now();
  bool asked = false;
  bool killed = false;
  for (;;) {
    auto question = list_of_queue(names);
    auto const listed = co_await ask(std::move(question));
    if (!listed) co_return error(listed.error()).within("looking for jobs of an earlier start");
    if (!any_lives(*listed)) co_return result<void>();
    if (!std::exchange(asked, true)) {
      say_once("ending what an earlier start of this campaign left in Slurm's queue");
      auto useless = cancel(streamed);
      (void)co_await ask(std::move(useless));
      auto waiting = cancel_waiting(target);
      (void)co_await ask(std::move(waiting));
      auto running = ask_to_end(target);
      (void)co_await ask(std::move(running));
    } else if (!killed && time_.now() - began >= terms_.bear.evidence) {
      killed = true;
      auto rest = cancel(target);
      (void)co_await ask(std::move(rest));
    } else if (killed && time_.now() - began >= 2 * terms_.bear.evidence) {
      co_return host_error("jobs of an earlier start do not end: squeue --name=" + names);
    }
    co_await time_.sleep_for(std::min<loop::duration>(terms_.look_every, std::chrono::seconds(2)));
  }
}

}  // namespace wedgehog::farm::slurm
