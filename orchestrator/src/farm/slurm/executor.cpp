#include "farm/slurm/executor.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "farm/slurm/cluster.hpp"
#include "farm/slurm/task_folder.hpp"
#include "loop/offload.hpp"
#include "loop/within.hpp"

namespace wedgehog::farm::slurm {

using namespace std::chrono_literals;

struct slurm_executor::seat {
  cluster::place in;
  task_place where;
};

slurm_executor::slurm_executor(loop::clock& time, loop::asio::thread_pool& pool,
                               loop::interruption& stop, slurm_terms terms, close_run close)
    : time_(time),
      pool_(pool),
      stop_(stop),
      terms_(std::move(terms)),
      close_(std::move(close)),
      cluster_(std::make_unique<cluster>(time_, stop_, terms_)) {}

slurm_executor::~slurm_executor() = default;

std::string slurm_executor::describe() const {
  std::string text = "Slurm";
  for (auto const& word : terms_.more) text += " " + word;
  return text;
}

std::size_t slurm_executor::slots() const {
  return terms_.slots;
}

// Once for an array, whoever of its tasks notices first.
loop::awaitable<void> slurm_executor::pass_on_stop(seat const& where) {
  auto& all = *where.in.of;
  words const target{std::to_string(all.array)};
  if (!all.asked_to_end) {
    all.asked_to_end = time_.now();
    auto waiting = cancel_waiting(target);
    (void)co_await cluster_->ask(std::move(waiting));
    auto living = ask_to_end(target);
    auto const said = co_await cluster_->ask(std::move(living));
    if (!said) all.asked_to_end.reset();  // the controller is down: again at the next look
  } else if (!all.killed && time_.now() - *all.asked_to_end >= terms_.bear.evidence) {
    all.killed = true;
    auto rest = cancel(target);
    (void)co_await cluster_->ask(std::move(rest));
  }
}

loop::awaitable<std::optional<result<run_report>>> slurm_executor::act_on(task_watch& watched,
                                                                          seat const& where,
                                                                          task const& what) {
  auto const step = watched.next(time_.now().time_since_epoch());
  std::filesystem::path const folder = folder_of(what.folder.string(), step.restarts);
  if (step.what == task_watch::act::cancel) {
    auto end = cancel({task_name(where.in.of->array, where.in.index)});
    auto const said = co_await cluster_->ask(std::move(end));
    // Else it is asked for again when Slurm answers: nothing may be left in its queue.
    if (said || stop_.requested()) watched.cancelled(time_.now().time_since_epoch());
  } else if (step.what == task_watch::act::close) {
    auto const end = [close = close_, folder, why = step.why, place = where.where,
                      restarts = step.restarts] {
      auto const said = last_words(place, restarts);
      return close(folder, said.empty() ? why : why + "; it said: " + said);
    };
    auto closed = co_await loop::offload(pool_, end);
    if (!closed) co_return std::move(closed.error()).within(step.why);
  } else if (step.what == task_watch::act::report) {
    auto const read = [folder, place = where.where] {
      forget_words(place);
      return folder::read_run(folder);
    };
    auto contents = co_await loop::offload(pool_, read);
    if (!contents) co_return contents.error();
    co_return report_of(std::move(*contents));
  }
  co_return std::nullopt;
}

loop::awaitable<result<run_report>> slurm_executor::watch(seat const& where, task const& what,
                                                          line_sink const& told) {
  task_watch watched(terms_.bear);
  std::string said;
  int hurried = -1;
  auto looked = time_.now();
  for (;;) {
    auto const view = co_await cluster_->look();
    auto const see = [place = where.where] { return attempts_at(place); };
    auto const seen = co_await loop::offload(pool_, see);
    auto const now = time_.now().time_since_epoch();
    if (time_.now() - looked > 2 * (terms_.look_every + terms_.most_for_an_answer))
      watched.slept(now);
    looked = time_.now();
    watched.saw(now, seen);
    int const newest = seen.back().restarts;
    if (view->answered && view->asked > where.in.of->submitted) {
      auto const found = view->tasks.find({where.in.of->array, where.in.index});
      bool const there = found != view->tasks.end();
      watched.listed(now, there ? std::optional(found->second.phase) : std::nullopt);
      if (there && found->second.phase == task_phase::waiting) {
        if (needs_people(found->second.reason))
          cluster_->say_once("Slurm keeps runs waiting: " + found->second.reason);
        // After its node failed Slurm lets a task wait for two minutes.
        if (found->second.reason == "BeginTime" && hurried != newest) {
          hurried = newest;
          auto question = start_now(found->second.job);
          (void)co_await cluster_->ask(std::move(question));
        }
      }
    }
    auto const read = [place = where.where, newest] { return last_progress(place, newest); };
    auto line = co_await loop::offload(pool_, read);
    if (!line.empty() && line != said && told) told(said = std::move(line));
    if (stop_.requested()) co_await pass_on_stop(where);
    auto done = co_await act_on(watched, where, what);
    if (done) {
      if (*done)
        (*done)->trouble =
            (*done)->interrupted && !stop_.requested() ? "Slurm did not bring it to its end" : "";
      co_return std::move(*done);
    }
    if (stop_.requested())
      co_await time_.sleep_for(std::min<loop::duration>(terms_.look_every, 1s));
    else
      (void)co_await loop::within(time_, terms_.look_every, stop_.wait());
  }
}

loop::awaitable<result<run_report>> slurm_executor::play(task const& what, line_sink const& told) {
  auto enlisted = co_await cluster_->enlist(what);
  if (!enlisted) co_return enlisted.error();
  seat const where{*enlisted, {what.folder, enlisted->of->work, enlisted->index}};
  co_return co_await watch(where, what, told);
}

loop::awaitable<result<void>> slurm_executor::sweep(std::string_view campaign) {
  return cluster_->sweep(campaign);
}

}  // namespace wedgehog::farm::slurm
