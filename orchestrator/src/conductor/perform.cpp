#include "conductor/perform.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/this_coro.hpp>

#include "conductor/opinion.hpp"
#include "conductor/performance.hpp"
#include "conductor/planned_machine.hpp"
#include "folder/files.hpp"
#include "folder/run_writer.hpp"
#include "loop/nursery.hpp"
#include "loop/offload.hpp"

namespace wedgehog::conductor {
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

// Files that only a run with something to look into keeps.
void remove_what_is_not_wanted(fs::path const& folder, evidence_wanted wanted) {
  std::error_code ignored;
  fs::remove(files_tar(folder.string()), ignored);  // files.json says what was in it
  if (!wanted.disks) {
    for (fs::directory_iterator each(folder / "disks", ignored);
         !ignored && each != fs::directory_iterator(); each.increment(ignored))
      if (each->path().extension() == ".raw" || each->path().extension() == ".changes")
        fs::remove(each->path(), ignored);
    fs::remove(folder / "disks", ignored);  // when it is empty
  }
}

// Shared with the thread that reads what is sealed.
struct sealing {
  std::atomic<std::uint64_t> summed{0};  // bytes
  std::atomic<bool> hurried{false};      // nobody waits for more
};

// Gigabytes of memory and disks take minutes, and who is silent for long is taken for dead. A
// person who stops the run waits for its sums no longer than this.
constexpr auto patience_for_sums = 3s;

loop::awaitable<void> tell_of(sealing& how, stage& on, progress_teller& tell) {
  auto const began = on.time.now();
  for (int second = 1;; ++second) {
    co_await on.time.sleep_for(1s);
    if (on.stop.requested() && on.time.now() - began >= patience_for_sums) how.hurried = true;
    tell.note(second % 5 == 2
                  ? fmt::format("sealing the folder: {} read", describe_size(how.summed.load()))
                  : std::string());
  }
}

// Blocking: the last writes of a run, while nobody else touches its folder.
result<void> finish(folder::run_writer& into, performance& run, folder::run_facts const& facts,
                    std::string const& image_facts, performed const& done, sealing& how) {
  auto const& folder = into.folder();
  if (auto there = into.still_there(); !there) return there;
  remove_what_is_not_wanted(folder, run.wanted());
  result<void> first;
  auto const note = [&first](result<void> const& outcome) {
    if (!outcome && first) first = outcome.error();
  };
  // First, and with the room that is held for it: on a full disk nothing else may be in its way.
  note(into.played(done.played));
  note(into.judged(done.said));
  note(folder::write_document(folder / "image.json", image_facts));
  note(folder::write_document(folder / "qemu.command", run.command_line() + "\n"));
  note(run.kept().list({{"run", facts.name}, {"verdict", done.said.verdict}}));
  note(into.seal(facts, [&how](std::uint64_t bytes) {
    how.summed += bytes;
    return !how.hurried;
  }));
  return first;
}

}  // namespace

int exit_code_of(performed const& run) {
  return run.said.exit_code;
}

loop::awaitable<result<performed>> perform(stage& on, plan::plan what, folder::run_facts facts,
                                           fs::path into, progress_sink tell) {
  auto const executor = co_await loop::asio::this_coro::executor;
  facts.command_line = dry_command_line(what, on.image, on.backend);
  // Work is named before it is awaited: GCC 12 copies a temporary of a co_await expression bit by
  // bit.
  auto begun = folder::run_writer::begin(into, facts);
  if (!begun) co_return begun.error();
  performance run(on, what, *begun, tell, executor);
  co_await run.play();

  performed done{run.outcome(), opinion_of(run.concluded(), {.expected = what.expects,
                                                             .asked = run.asked(),
                                                             .judge = "wedgehog " + on.version,
                                                             .when = wall_clock_now()})};
  sealing how;
  loop::nursery beside(executor);
  beside.spawn(tell_of(how, on, run.teller()));
  auto const last = [&] { return finish(*begun, run, facts, on.image.facts, done, how); };
  auto const finished = co_await loop::offload(on.pool, last);
  co_await beside.stop();
  if (!finished) co_return finished.error();
  co_return done;
}

}  // namespace wedgehog::conductor
