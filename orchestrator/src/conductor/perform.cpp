#include "conductor/perform.hpp"

#include <boost/asio/this_coro.hpp>

#include "conductor/opinion.hpp"
#include "conductor/performance.hpp"
#include "conductor/planned_machine.hpp"
#include "folder/files.hpp"
#include "folder/run_writer.hpp"
#include "loop/offload.hpp"

namespace wedgehog::conductor {
namespace fs = std::filesystem;

namespace {

// Files that only a run with something to look into keeps.
void remove_what_is_not_wanted(fs::path const& folder, evidence_wanted wanted) {
  std::error_code ignored;
  if (!wanted.disks) {
    for (fs::directory_iterator each(folder / "disks", ignored);
         !ignored && each != fs::directory_iterator(); each.increment(ignored))
      if (each->path().extension() == ".raw" || each->path().extension() == ".changes")
        fs::remove(each->path(), ignored);
    fs::remove(folder / "disks", ignored);  // when it is empty
  }
}

// Blocking: the last writes of a run, while nobody else touches its folder.
result<void> finish(folder::run_writer& into, performance& run, folder::run_facts const& facts,
                    std::string const& image_facts, performed const& done) {
  auto const& folder = into.folder();
  remove_what_is_not_wanted(folder, run.wanted());
  result<void> first;
  auto const note = [&first](result<void> const& outcome) {
    if (!outcome && first) first = outcome.error();
  };
  note(folder::write_document(folder / "image.json", image_facts));
  note(folder::write_document(folder / "qemu.command", run.command_line() + "\n"));
  note(run.kept().list({{"run", facts.name}, {"verdict", done.said.verdict}}));
  note(into.played(done.played));
  note(into.judged(done.said));
  note(into.seal(facts));
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
                                                             .boot_s = run.outcome().boot_s,
                                                             .judge = "wedgehog " + on.version,
                                                             .when = wall_clock_now()})};
  auto const last = [&] { return finish(*begun, run, facts, on.image.facts, done); };
  auto const finished = co_await loop::offload(on.pool, last);
  if (!finished) co_return finished.error();
  co_return done;
}

}  // namespace wedgehog::conductor
