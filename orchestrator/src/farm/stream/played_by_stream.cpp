#include "farm/stream/played_by_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "farm/stream/folder_receiver.hpp"
#include "folder/files.hpp"
#include "loop/descriptor.hpp"
#include "loop/nursery.hpp"
#include "loop/offload.hpp"
#include "loop/process.hpp"
#include "loop/within.hpp"

namespace wedgehog::farm::stream {
namespace {

using namespace std::chrono_literals;
namespace asio = loop::asio;
namespace fs = std::filesystem;

constexpr std::size_t at_once = 256U << 10U;
// For a carrier to end what it carries, and itself.
constexpr auto patience_for_carrier = 30s;

// What came, on the way into the folder. Touched by one thread of the pool at a time.
struct intake {
  fs::path folder;
  message_reader reader;
  std::optional<folder_receiver> receiver{};
  std::vector<std::string> lines{};  // of progress, not told yet
  bool anything = false;             // a message has come since this was put out

  result<void> take(message const& what) {
    anything = true;
    if (std::holds_alternative<opening>(what)) {
      auto made = folder_receiver::into(folder);
      if (!made) return made.error();
      receiver.emplace(std::move(*made));
    } else if (auto const* part = std::get_if<piece>(&what)) {
      return receiver->take(*part);
    } else if (auto const* line = std::get_if<progress_line>(&what)) {
      lines.emplace_back(line->text);
    }
    return {};
  }

  result<void> feed(std::string_view bytes) {
    return reader.feed(bytes, [this](message const& what) { return take(what); });
  }
};

struct carried_run {
  loop::clock& time;
  stream_terms const& terms;
  loop::process carrier;
  asio::posix::stream_descriptor down;
  asio::posix::stream_descriptor up;
  std::shared_ptr<intake> came;
  std::string order;
  message_writer writer{};
  loop::time_point heard{};
  bool begun = false;
  bool stopped = false;
  std::string trouble{};  // why it was given up
};

result<carried_run> start(asio::any_io_executor const& executor, loop::clock& time,
                          stream_terms const& terms, fs::path const& folder) {
  auto order = folder::read_document(folder / folder::names::order);
  if (!order) return order.error();
  int ends[4];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("creating a pipe", errno);
  loop::descriptor const theirs_to_read(ends[0]);
  loop::descriptor ours_to_write(ends[1]);
  if (::pipe2(ends + 2, O_CLOEXEC) != 0) return system_failure("creating a pipe", errno);
  loop::descriptor ours_to_read(ends[2]);
  loop::descriptor const theirs_to_write(ends[3]);
  // Of an earlier try, which was refused.
  ::unlink((folder / folder::names::performer_words).c_str());
  loop::process_options options;
  options.argv = terms.carrier;
  options.input = theirs_to_read.get();
  options.output = theirs_to_write.get();
  options.output_file = (folder / folder::names::performer_words).string();
  auto carrier = loop::process::start(executor, options);
  if (!carrier) return carrier.error();
  return carried_run{time,
                     terms,
                     std::move(*carrier),
                     asio::posix::stream_descriptor(executor, ours_to_write.release()),
                     asio::posix::stream_descriptor(executor, ours_to_read.release()),
                     std::make_shared<intake>(intake{folder, message_reader(terms.limits)}),
                     std::move(*order)};
}

loop::awaitable<bool> say(carried_run& run, std::string frames) {
  auto const bytes = asio::buffer(frames);
  auto [failed, wrote] =
      co_await asio::async_write(run.down, bytes, asio::as_tuple(asio::use_awaitable));
  co_return !failed && wrote == frames.size();
}

std::string frames_of_order(carried_run& run, std::string const& name) {
  auto frames = run.writer.frame_of(opening{.wedgehog_stream = 1, .run = name});
  std::string_view const order(run.order);
  for (std::size_t at = 0; at < order.size(); at += largest_piece)
    frames += run.writer.frame_of(piece{folder::names::order, at, order.substr(at, largest_piece)});
  return frames + run.writer.frame_of(end{});
}

loop::awaitable<void> end_carrier(carried_run& run) {
  run.carrier.signal(SIGTERM);
  co_await run.time.sleep_for(patience_for_carrier);
  run.carrier.kill_group(SIGKILL);
}

// The order; once a stop was asked for, that too. Whoever has not begun has nothing to keep.
loop::awaitable<void> speak(carried_run& run, loop::interruption& stop, std::string const& name) {
  auto ordering = say(run, frames_of_order(run, name));
  co_await std::move(ordering);
  co_await stop.wait();
  run.stopped = true;
  if (run.begun) {
    auto ending = say(run, run.writer.frame_of(stop_order{}));
    co_await std::move(ending);
    co_await run.time.sleep_for(run.terms.evidence);
    run.trouble = "it did not end when it was asked to";
  }
  co_await end_carrier(run);
}

// In a queue nobody says anything, and silence is nothing.
loop::awaitable<void> end_the_silent(carried_run& run) {
  for (;;) {
    auto const looked = run.time.now();
    co_await run.time.sleep_for(1s);
    // We slept ourselves: what it said meanwhile has not been read yet.
    if (run.time.now() - looked > 5s) run.heard = run.time.now();
    if (!run.begun) {
      if (!run.terms.is_in_vain || !run.terms.is_in_vain()) continue;
      co_await end_carrier(run);
      co_return;
    }
    if (run.time.now() - run.heard < run.terms.most_silence) continue;
    run.trouble = fmt::format(
        "its node was silent for {}, and it was given up",
        describe_duration(std::chrono::duration_cast<microseconds>(run.terms.most_silence)));
    co_await end_carrier(run);
    co_return;
  }
}

// A child of the carrier may keep its end of the pipe open: what has not come soon after its end
// does not come.
loop::awaitable<void> end_with_carrier(carried_run& run) {
  co_await run.carrier.wait();
  do co_await run.time.sleep_for(2s);
  while (run.time.now() - run.heard < 2s);
  run.up.close();
}

// Until all has come, or the stream ends. What it waits for is the disk: a performer that is faster
// is made to wait, too.
loop::awaitable<void> listen(carried_run& run, asio::thread_pool& pool, line_sink const& told) {
  std::string bytes(at_once, '\0');
  while (!run.came->reader.ended()) {
    auto const room = asio::buffer(bytes);
    auto [failed, got] = co_await run.up.async_read_some(room, asio::as_tuple(asio::use_awaitable));
    if (failed) co_return;
    auto const work = [came = run.came, some = bytes.substr(0, got)] { return came->feed(some); };
    auto const taken = co_await loop::offload(pool, work);
    if (std::exchange(run.came->anything, false)) run.heard = run.time.now();
    run.begun = run.came->receiver.has_value();
    for (auto const& line : std::exchange(run.came->lines, {}))
      if (told) told(line);
    if (taken) continue;
    run.trouble = taken.error().message();
    co_return;
  }
}

// It ends by itself once what it carries has: else it is made to.
loop::awaitable<loop::exit_status> last_of_carrier(carried_run& run) {
  if (run.trouble.empty()) {
    auto leaving = run.carrier.wait();
    auto const left = co_await loop::within<loop::exit_status>(run.time, patience_for_carrier,
                                                               std::move(leaving));
    if (left) co_return *left;
  }
  run.carrier.signal(SIGTERM);
  auto ending = run.carrier.wait();
  auto const ended =
      co_await loop::within<loop::exit_status>(run.time, patience_for_carrier, std::move(ending));
  if (ended) co_return *ended;
  run.carrier.kill_group(SIGKILL);
  co_return co_await run.carrier.wait();
}

// Blocking. What became of the run here.
result<folder::run_contents> finish(intake& came, std::string& trouble, close_run const& close) {
  if (came.reader.ended() && trouble.empty()) {
    auto const sealed = came.receiver->seal();
    if (sealed) return folder::read_run(came.folder);
    trouble = sealed.error().message();
  }
  return close(came.folder, trouble);
}

}  // namespace

loop::awaitable<result<stream_end>> play_by_stream(loop::clock& time, asio::thread_pool& pool,
                                                   loop::interruption& stop,
                                                   stream_terms const& terms,
                                                   fs::path const& folder, line_sink const& told,
                                                   close_run const& close) {
  auto const executor = co_await asio::this_coro::executor;
  auto started = start(executor, time, terms, folder);
  if (!started) co_return started.error();
  auto& run = *started;
  loop::nursery beside(executor);
  beside.spawn(speak(run, stop, folder.filename().string()));
  beside.spawn(end_the_silent(run));
  beside.spawn(end_with_carrier(run));
  co_await listen(run, pool, told);
  co_await beside.stop();
  auto const ended = co_await last_of_carrier(run);

  stream_end done{.begun = run.begun};
  auto const hear = [folder] { return last_words(folder); };
  done.words = co_await loop::offload(pool, hear);
  if (!run.begun && !run.stopped) co_return done;
  if (run.trouble.empty() && !run.came->reader.ended())
    run.trouble =
        run.begun ? fmt::format(
                        "the stream from its node ended too early: what carries it "
                        "ended with {}{}{}",
                        loop::describe(ended), done.words.empty() ? "" : "; it said: ", done.words)
                  : std::string("it never began");
  auto const last = [&run, &close] { return finish(*run.came, run.trouble, close); };
  auto contents = co_await loop::offload(pool, last);
  if (!contents) co_return std::move(contents.error()).within(run.trouble);
  done.report = report_of(std::move(*contents));
  done.report.trouble = run.trouble;
  co_return done;
}

}  // namespace wedgehog::farm::stream
