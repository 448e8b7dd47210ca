#include "farm/played_in_child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "folder/files.hpp"
#include "loop/descriptor.hpp"
#include "loop/nursery.hpp"
#include "loop/offload.hpp"
#include "loop/process.hpp"

namespace wedgehog::farm {
namespace {

using namespace std::chrono_literals;
namespace asio = loop::asio;
namespace fs = std::filesystem;

// Whoever says more without a line end says nothing.
constexpr std::size_t longest_line = 64U << 10U;
constexpr std::size_t most_last_words = 600;

struct performer_watch {
  loop::clock& time;
  loop::process child;
  asio::posix::stream_descriptor lines;
  loop::time_point heard;
  std::string begun{};  // of a line whose end has not come yet
  bool hung = false;
};

void take_lines(performer_watch& watch, std::string_view piece, line_sink const& told) {
  watch.heard = watch.time.now();
  watch.begun.append(piece);
  std::size_t from = 0;
  auto const text = std::string_view(watch.begun);
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', from)) {
    told(text.substr(from, end - from));
    from = end + 1;
  }
  watch.begun.erase(0, from);
  if (watch.begun.size() > longest_line) watch.begun.clear();
}

loop::awaitable<void> listen(performer_watch& watch, line_sink const& told) {
  std::array<char, 4096> piece;
  for (;;) {
    auto const room = asio::buffer(piece);
    auto [failed, got] =
        co_await watch.lines.async_read_some(room, asio::as_tuple(asio::use_awaitable));
    if (failed) co_return;
    take_lines(watch, {piece.data(), got}, told);
  }
}

// What it said last is still in the pipe when it has gone. Whoever else holds the pipe is not
// waited for.
void hear_the_rest(performer_watch& watch, line_sink const& told) {
  boost::system::error_code failed;
  watch.lines.non_blocking(true, failed);
  std::array<char, 4096> piece;
  while (!failed) {
    auto const got = watch.lines.read_some(asio::buffer(piece), failed);
    if (!failed) take_lines(watch, {piece.data(), got}, told);
  }
}

loop::awaitable<void> end_the_silent(performer_watch& watch, loop::duration most) {
  for (;;) {
    auto const looked = watch.time.now();
    co_await watch.time.sleep_for(1s);
    // We slept ourselves: what it said meanwhile has not been read yet.
    if (watch.time.now() - looked > 5s) watch.heard = watch.time.now();
    if (watch.time.now() - watch.heard < most) continue;
    watch.hung = true;
    watch.child.kill_group(SIGKILL);
    co_return;
  }
}

loop::awaitable<void> pass_on(performer_watch& watch, loop::interruption& stop) {
  co_await stop.wait();
  watch.child.signal(SIGTERM);
}

std::string how_it_ended(performer_watch const& watch, loop::exit_status const& ended,
                         loop::duration most_silence, fs::path const& folder) {
  if (watch.hung)
    return fmt::format("its performer was silent for {} and was killed",
                       describe_duration(std::chrono::duration_cast<microseconds>(most_silence)));
  auto const words = last_words(folder);
  return fmt::format("its performer ended with {}{}{}", loop::describe(ended),
                     words.empty() ? "" : "; it said: ", words);
}

result<performer_watch> start(asio::any_io_executor const& executor, loop::clock& time,
                              performer_terms const& terms, fs::path const& folder) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("creating a pipe", errno);
  loop::descriptor reading(ends[0]);
  loop::descriptor const writing(ends[1]);
  loop::process_options options;
  options.argv = terms.program;
  for (auto const& word :
       {(folder / folder::names::order).string(), std::string("--into"), folder.string(),
        std::string("--progress"), std::to_string(writing.get())})
    options.argv.push_back(word);
  options.output_file = (folder / folder::names::performer_words).string();
  options.inherited = {writing.get()};
  auto child = loop::process::start(executor, options);
  if (!child) return child.error();
  return performer_watch{time, std::move(*child),
                         asio::posix::stream_descriptor(executor, reading.release()), time.now()};
}

}  // namespace

std::string last_words(fs::path const& folder) {
  auto text = folder::read_document(folder / folder::names::performer_words);
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  if (text->size() > most_last_words) return "…" + text->substr(text->size() - most_last_words);
  return *text;
}

loop::awaitable<result<run_report>> play_in_child(loop::clock& time, asio::thread_pool& pool,
                                                  loop::interruption& stop,
                                                  performer_terms const& terms,
                                                  fs::path const& folder, line_sink const& told,
                                                  close_run const& close) {
  auto const executor = co_await asio::this_coro::executor;
  auto started = start(executor, time, terms, folder);
  if (!started) co_return started.error();
  auto& watch = *started;
  loop::nursery beside(executor);
  beside.spawn(listen(watch, told));
  beside.spawn(end_the_silent(watch, terms.most_silence));
  beside.spawn(pass_on(watch, stop));
  auto const ended = co_await watch.child.wait();
  co_await beside.stop();
  hear_the_rest(watch, told);

  auto const read = [folder] { return folder::read_run(folder); };
  auto contents = co_await loop::offload(pool, read);
  std::string trouble;
  std::error_code ignored;
  if (!contents && !fs::exists(folder / folder::names::order, ignored))
    co_return host_error(fmt::format(
        "{}: the folder was removed while its run was played: nothing is kept of it (its performer "
        "ended with {})",
        folder.string(), loop::describe(ended)));
  if (!contents || !contents->sealed) {
    trouble = how_it_ended(watch, ended, terms.most_silence, folder);
    auto const end = [close, folder, trouble] { return close(folder, trouble); };
    contents = co_await loop::offload(pool, end);
  }
  if (!contents) co_return std::move(contents.error()).within(trouble);
  auto report = report_of(std::move(*contents));
  report.trouble = trouble;
  co_return report;
}

}  // namespace wedgehog::farm
