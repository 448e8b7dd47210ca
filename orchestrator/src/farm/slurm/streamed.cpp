#include "farm/slurm/streamed.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "farm/slurm/cluster.hpp"
#include "farm/stream/played_by_stream.hpp"
#include "folder/record.hpp"
#include "loop/nursery.hpp"
#include "loop/within.hpp"

namespace wedgehog::farm::slurm {
namespace {

constexpr int look_for_forgotten_every = 3;  // looks at the queue
constexpr int often_enough = 2;

// Slurm's and ours are several lines; for people they are one.
std::string in_one_line(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;)
    text.replace(at, 1, "; ");
  return text;
}

}  // namespace

streamed_executor::streamed_executor(loop::clock& time, loop::asio::thread_pool& pool,
                                     loop::interruption& stop, slurm_terms terms, close_run close)
    : time_(time),
      pool_(pool),
      stop_(stop),
      terms_(std::move(terms)),
      close_(std::move(close)),
      cluster_(std::make_unique<cluster>(time_, stop_, terms_)) {}

streamed_executor::~streamed_executor() = default;

std::string streamed_executor::describe() const {
  std::string text = "Slurm, by stream";
  for (auto const& word : terms_.more) text += " " + word;
  return text;
}

// Of one srun, until its performer has begun.
struct streamed_executor::wait {
  std::string mark;
  bool begun = false;
  int not_listed = 0;  // so often in a row
};

// srun itself says only that it waits, and does so for ever when the controller forgot its job
// (Slurm 22.05, killed before it saved its state, seen 2026-11).
loop::awaitable<void> streamed_executor::look_after(wait& waiting) {
  auto looked = time_.now();
  for (;;) {
    co_await time_.sleep_for(terms_.look_every);
    if (waiting.begun) continue;
    auto const view = co_await cluster_->look();
    for (auto const& one : view->jobs)
      if (one.phase == task_phase::waiting && needs_people(one.reason))
        cluster_->say_once("Slurm keeps runs waiting: " + one.reason);
    if (time_.now() - looked < look_for_forgotten_every * terms_.look_every) continue;
    looked = time_.now();
    auto question = list_of_living_marks(streamed_job_name(terms_.campaign));
    auto const listed = co_await cluster_->ask(std::move(question));
    if (!listed) continue;
    waiting.not_listed = marked(*listed, waiting.mark) == 0 ? waiting.not_listed + 1 : 0;
  }
}

// With the controller away, srun could not tell it that a job is over: it would keep its place. Nor
// can anything be submitted until it answers.
loop::awaitable<void> streamed_executor::leave_nothing(std::string const& mark) {
  while (!stop_.requested()) {
    auto question = list_of_living_marks(streamed_job_name(terms_.campaign));
    auto const listed = co_await cluster_->ask(std::move(question));
    auto const job = listed ? marked(*listed, mark) : 0;
    if (listed && job == 0) co_return;
    if (job != 0) {
      auto end = cancel({std::to_string(job)});
      auto const said = co_await cluster_->ask(std::move(end));
      if (said) co_return;
    }
    (void)co_await loop::within(time_, terms_.look_every, stop_.wait());
  }
}

// With a mark of its own at each try: what ended is listed for a while.
streamed_job streamed_executor::job_of(task const& what) const {
  streamed_job job{.name = streamed_job_name(terms_.campaign),
                   .mark = folder::new_uid(),
                   .memory = what.memory,
                   .processors = what.processors,
                   .more = terms_.more,
                   .performer = terms_.performer};
  job.performer.push_back("--stream");
  return job;
}

loop::awaitable<result<run_report>> streamed_executor::play(task const& what,
                                                            line_sink const& told) {
  wait waiting;
  line_sink const hear = [&waiting, &told](std::string_view line) {
    waiting.begun = true;
    if (told) told(line);
  };
  loop::nursery beside(co_await loop::asio::this_coro::executor);
  beside.spawn(look_after(waiting));
  auto done = co_await try_until_it_begins(waiting, what, hear);
  co_await beside.stop();
  co_return done;
}

loop::awaitable<result<run_report>> streamed_executor::try_until_it_begins(wait& waiting,
                                                                           task const& what,
                                                                           line_sink const& hear) {
  for (;;) {
    auto const job = job_of(what);
    waiting = {.mark = job.mark};
    stream::stream_terms const terms{
        .carrier = carrier(job),
        .most_silence = terms_.bear.hang,
        .evidence = terms_.bear.evidence,
        .is_in_vain = [&waiting] { return waiting.not_listed >= often_enough; }};
    auto done =
        co_await stream::play_by_stream(time_, pool_, stop_, terms, what.folder, hear, close_);
    co_await leave_nothing(job.mark);
    if (!done) co_return done.error();
    if (done->begun || stop_.requested()) co_return std::move(done->report);
    if (waiting.not_listed >= often_enough) continue;
    auto words = in_one_line(done->words);
    if (auto const advice = advice_for(words); !advice.empty())
      words += fmt::format(" ({})", advice);
    if (!is_out_of_reach(words))
      co_return host_error(words.empty() ? "srun ended, and no performer had begun" : words)
          .within("having Slurm play a run");
    cluster_->say_once("Slurm's controller does not answer; waiting for it: " + words);
    (void)co_await loop::within(time_, terms_.look_every, stop_.wait());
  }
}

loop::awaitable<result<void>> streamed_executor::sweep(std::string_view campaign) {
  return cluster_->sweep(campaign);
}

}  // namespace wedgehog::farm::slurm
