#include "conductor/progress_teller.hpp"

#include <fmt/format.h>

namespace wedgehog::conductor {

progress_teller::progress_teller(loop::clock& time, std::string run, progress_sink tell)
    : time_(time), began_(time.now()), tell_(std::move(tell)) {
  now_.run = std::move(run);
}

void progress_teller::say(std::string note) {
  if (!tell_) return;
  now_.note = std::move(note);
  now_.elapsed_s = std::chrono::duration<double>(time_.now() - began_).count();
  tell_(now_);
  now_.note.clear();
}

void progress_teller::phase(std::string name, std::string note) {
  now_.phase = std::move(name);
  say(std::move(note));
}

void progress_teller::note(std::string what) {
  say(std::move(what));
}

bool progress_teller::state(std::string_view word) {
  if (now_.state == word) return false;
  now_.state = word;
  return true;
}

void progress_teller::take(timeline::signal const& one) {
  if (auto const* work = std::get_if<timeline::workload>(&one.what))
    now_.workload_done = work->done;
  auto const* step = std::get_if<timeline::step>(&one.what);
  if (step == nullptr || step->phase != "began") return;
  now_.step = fmt::format("{} {}", step->path, step->what);
  phase("steps", "step " + now_.step);
}

loop::awaitable<void> progress_teller::keep_telling() {
  for (;;) {
    co_await time_.sleep_for(std::chrono::seconds(1));
    say({});
  }
}

}  // namespace wedgehog::conductor
