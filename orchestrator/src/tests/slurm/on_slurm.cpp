// What the tests of the executor run: `play` is a supervisor that has nothing but the executor,
// `perform` a performer whose guest is a sleep.
//
//   on_slurm play FOLDER TASKS SECONDS MEGABYTES LEASE_SECONDS [SBATCH-WORD…]
//   on_slurm sweep FOLDER
//   on_slurm perform ORDER --into FOLDER --progress 1 --restarts N
//   on_slurm perform --stream
//
// With `srun` as the first SBATCH-WORD runs are streamed.
//
// `play` prints a line for each report, "TICKET ATTEMPT how UID FOLDER", and "said …" for what is
// told to people.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <fstream>
#include <thread>

#include "conductor/closing.hpp"
#include "conductor/opinion.hpp"
#include "farm/slurm/executor.hpp"
#include "farm/slurm/streamed.hpp"
#include "farm/stream/folder_sender.hpp"
#include "farm/stream/node_place.hpp"
#include "folder/files.hpp"
#include "folder/run_order.hpp"
#include "folder/run_writer.hpp"
#include "loop/nursery.hpp"
#include "plan/plan.hpp"

namespace wedgehog {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
namespace stream = farm::stream;

constexpr std::string_view campaign = "0123456789abcdef0123456789abcdef";

volatile sig_atomic_t asked_to_end = 0;

// What a performer of this pretends to find: more than a pipe takes, with a hole in it.
void keep_evidence(fs::path const& into) {
  (void)folder::make_folder(into / "evidence");
  std::ofstream file(into / "evidence" / "memory.bin", std::ios::binary);
  std::uint64_t state = 1;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    file.write(reinterpret_cast<char const*>(&state), sizeof state);
  }
  file.seekp(8 << 20U);
  file << "end";
}

using line_of_progress = std::function<void(std::string const&)>;

int perform(fs::path const& order_file, fs::path const& into, int restarts,
            line_of_progress const& tell) {
  ::signal(SIGTERM, [](int) { asked_to_end = 1; });
  auto const told = folder::order_from(order_file);
  if (!told) return 3;
  folder::run_facts const facts{
      .uid = folder::new_uid(),
      .name = into.filename().string(),
      .recipe_text = told->order.recipe_text,
      .plan = told->plan,
      .campaign = told->order.campaign,
      .ticket = told->order.ticket,
      .attempt = told->order.attempt + static_cast<std::uint64_t>(restarts),
      .started = conductor::wall_clock_now() - std::chrono::hours(24 * restarts),
      .owner = folder::this_process()};
  auto writer = folder::run_writer::begin(into, facts);
  if (!writer) return 4;
  int const tenths = std::stoi(told->order.recipe_text) * 10;
  for (int i = 0; i < tenths && asked_to_end == 0; ++i) {
    tell(fmt::format("{{\"tenth\":{}}}", i));
    (void)writer->keep_timeline(fmt::format("{{\"at\":{}}}\n", i));
    std::this_thread::sleep_for(100ms);
  }
  keep_evidence(into);
  folder::outcome const how{.ended = asked_to_end ? "stopped" : "all steps done",
                            .duration_s = 1,
                            .interrupted = asked_to_end != 0};
  (void)writer->played(how);
  return writer->seal(facts) ? 0 : 5;
}

int perform_here(fs::path const& order_file, fs::path const& into, int restarts) {
  return perform(order_file, into, restarts, [](std::string const& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
  });
}

// As `wedgehog perform --stream`, on one thread.
int perform_streamed() {
  ::signal(SIGPIPE, SIG_IGN);
  auto const place = stream::node_place::make(fs::temp_directory_path());
  if (!place) return 6;
  stream::message_reader reader(stream::limits_of_order());
  auto const folder = stream::receive_order(0, *place, reader);
  if (!folder) return 7;
  stream::folder_sender sender(1, *folder, 20s);
  if (!sender.open({.wedgehog_stream = 1, .run = folder->filename().string()})) return 8;
  ::fcntl(0, F_SETFL, O_NONBLOCK);
  auto const tell = [&](std::string const& line) {
    char bytes[4096];
    auto const got = ::read(0, bytes, sizeof bytes);
    // Whatever comes after the order is a stop, and so is the end of the stream.
    if (got >= 0 || errno != EAGAIN) asked_to_end = 1;
    if (!sender.progress(line) || !sender.follow()) asked_to_end = 1;
  };
  int const code = perform(*folder / folder::names::order, *folder, 0, tell);
  return sender.rest() ? code : 9;
}

struct asked_for {
  fs::path place;
  int tasks = 0;
  std::string seconds = "1";
  std::uint64_t megabytes = 100;
  std::chrono::seconds lease = 8s;
  bool streamed = false;
  farm::slurm::words more;
};

result<farm::task> make_task(asked_for const& asked, int ticket) {
  auto const folder = asked.place / "runs" / fmt::format("run-{}", ticket);
  if (auto made = folder::make_folder(folder); !made) return made.error();
  folder::run_order order;
  order.recipe_text = asked.seconds;
  order.campaign = campaign;
  order.ticket = static_cast<std::uint64_t>(ticket);
  auto const text = folder::to_text(order, plan::to_text(plan::plan{}));
  auto const kept = folder::write_document(folder / folder::names::order, text);
  if (!kept) return kept.error();
  return farm::task{.folder = folder,
                    .name = folder.filename().string(),
                    .campaign = std::string(campaign),
                    .memory = asked.megabytes << 20U};
}

loop::awaitable<void> play_one(farm::executor& on, asked_for const& asked, int ticket) {
  auto const what = make_task(asked, ticket);
  if (!what) co_return;
  std::size_t lines = 0;
  farm::line_sink const told = [&lines](std::string_view) { ++lines; };
  auto const report = co_await on.play(*what, told);
  if (!report) {
    fmt::print("{} - error - {}\n", ticket, report.error().message());
  } else {
    auto const& run = report->run;
    fmt::print("{} {} {} {} {} {}\n", run.facts.ticket, run.facts.attempt,
               !run.sealed           ? "unsealed"
               : report->interrupted ? "interrupted"
                                     : "done",
               run.facts.uid, run.folder.string(), lines);
  }
  std::fflush(stdout);
}

loop::awaitable<void> supervise(farm::executor& on, asked_for const& asked) {
  if (asked.tasks == 0) {
    auto const swept = co_await on.sweep(campaign);
    fmt::print("swept {}\n", swept ? "" : swept.error().message());
    co_return;
  }
  loop::nursery all(co_await loop::asio::this_coro::executor);
  for (int i = 1; i <= asked.tasks; ++i) all.spawn(play_one(on, asked, i));
  co_await all.join();
  (void)co_await on.sweep(campaign);
}

int play(asked_for const& asked) {
  loop::asio::io_context context(1);
  loop::asio::thread_pool pool(2);
  loop::interruption stop(context.get_executor());
  loop::real_clock time;
  farm::slurm::slurm_terms terms{
      .performer = {fs::read_symlink("/proc/self/exe").string(), "perform"},
      .campaign = std::string(campaign),
      .more = asked.more,
      .work = asked.place / "slurm",
      .look_every = 500ms,
      .bear = {.lease = asked.lease, .settle = 2s, .hang = 60s, .leave = 5s, .evidence = 20s}};
  terms.say = [](std::string const& text) {
    fmt::print("said {}\n", text);
    std::fflush(stdout);
  };
  farm::close_run const close = [](fs::path const& folder, std::string const& why) {
    fmt::print("closed {}: {}\n", folder.filename().string(), why);
    std::fflush(stdout);
    return conductor::close_abandoned(folder, why, "test");
  };
  std::unique_ptr<farm::executor> on;
  if (asked.streamed)
    on =
        std::make_unique<farm::slurm::streamed_executor>(time, pool, stop, std::move(terms), close);
  else
    on = std::make_unique<farm::slurm::slurm_executor>(time, pool, stop, std::move(terms), close);
  loop::asio::signal_set signals(context, SIGTERM);
  signals.async_wait([&stop](boost::system::error_code failure, int) {
    if (!failure) stop.request();
  });
  std::exception_ptr thrown;
  loop::asio::co_spawn(context, supervise(*on, asked), [&](std::exception_ptr failure) {
    thrown = failure;
    signals.cancel();
  });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return 0;
}

}  // namespace
}  // namespace wedgehog

int main(int count, char** words) {
  std::vector<std::string> const all(words + 1, words + count);
  auto const at = [&all](std::size_t i) { return i < all.size() ? all[i] : std::string("0"); };
  if (at(0) == "perform" && at(1) == "--stream") return wedgehog::perform_streamed();
  if (at(0) == "perform") return wedgehog::perform_here(at(1), at(3), std::stoi(at(7)));
  if (at(0) == "sweep") return wedgehog::play({.place = at(1)});
  if (at(0) != "play" || all.size() < 6) return 3;
  bool const streamed = at(6) == "srun";
  return wedgehog::play({.place = at(1),
                         .tasks = std::stoi(at(2)),
                         .seconds = at(3),
                         .megabytes = std::stoull(at(4)),
                         .lease = std::chrono::seconds(std::stoi(at(5))),
                         .streamed = streamed,
                         .more = {all.begin() + (streamed ? 7 : 6), all.end()}});
}
