#include "conductor/run_faults.hpp"

#include <fmt/format.h>

#include "folder/files.hpp"
#include "loop/within.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

// Of a guest that does not answer nothing can be had back: it is about to be ended.
constexpr auto last_heal_limit = 3s;

}  // namespace

run_faults::run_faults(stage& on, plan::plan const& what, recorder& record, lives& machines,
                       std::string folder)
    : on_(on),
      plan_(what),
      record_(record),
      lives_(machines),
      folder_(std::move(folder)),
      listening_(machines.executor()) {}

void run_faults::begin() {
  auto const into_record = [this](timeline::payload what) { record_.record(std::move(what)); };
  injector_.emplace(faults::fault_targets{on_.time, lives_.disks(), &lives_.machine(),
                                          &lives_.agent(), into_record},
                    faults::lasting_in(plan_));
  schedule_.emplace(lives_.executor(), on_.time, plan_, *injector_, into_record);
  listen_to_people();
  schedule_->begin();
}

// A run that cannot be spoken to is none the worse for it.
void run_faults::listen_to_people() {
  auto const into_record = [this](timeline::payload what) { record_.record(std::move(what)); };
  auto const link = folder_ + "/" + std::string(folder::names::control);
  auto listening =
      live_control::listen(lives_.executor(), lives_.runtime_folder() + "/control", link,
                           {plan_.name, plan_, *injector_, on_.read_fault, into_record});
  if (!listening) {
    record_.reach(timeline::reached::control_missing, listening.error().message());
    return;
  }
  by_hand_ = std::move(listening.value());
  listening_.spawn(by_hand_->serve(listening_));
}

void run_faults::take(timeline::signal const& one) {
  if (schedule_) schedule_->take(one);
}

loop::awaitable<void> run_faults::cut_short(std::string why) {
  cut_short_ = true;
  injector_->close(std::move(why));
  co_await schedule_->stop();
}

void run_faults::note_what_hit_nothing(faults::tally const& one, bool steps_finished) {
  // What the run did not come to, because something else ended it, is not missing.
  bool const not_reached = !one.injected && (!steps_finished || cut_short_);
  if (one.hits > 0 || not_reached) return;
  if (one.may_miss)
    record_.reach(timeline::reached::fault_missed,
                  fmt::format("{} ({}) hit nothing, as it may", one.name, one.kind));
  else
    record_.reach(timeline::reached::fault_never_fired, fmt::format("{} ({})", one.name, one.kind));
}

loop::awaitable<std::vector<folder::fired_fault>> run_faults::end(bool steps_finished) {
  std::vector<folder::fired_fault> fired;
  co_await listening_.stop();
  by_hand_.reset();
  if (schedule_) co_await schedule_->stop();
  if (!injector_) co_return fired;
  if (steps_finished) co_await injector_->heal_all();
  auto const counted = co_await injector_->count(plan_);
  for (auto const& one : counted) {
    fired.push_back({one.name, one.kind, one.hits});
    note_what_hit_nothing(one, steps_finished);
  }
  co_return fired;
}

loop::awaitable<void> run_faults::heal_what_is_left() {
  if (!injector_) co_return;
  bool const healed = co_await loop::within(on_.time, last_heal_limit, injector_->heal_all());
  if (!healed) record_.reach(timeline::reached::faults_left, "healing them took too long");
}

loop::awaitable<void> run_faults::let_go() {
  if (injector_) co_await injector_->let_go();
  schedule_.reset();
  injector_.reset();
}

}  // namespace wedgehog::conductor
