#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <filesystem>

#include "cli/commands.hpp"
#include "cli/performed_order.hpp"
#include "farm/stream/folder_sender.hpp"
#include "farm/stream/node_place.hpp"
#include "folder/files.hpp"
#include "loop/clock.hpp"
#include "loop/nursery.hpp"
#include "loop/offload.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::cli {
namespace {

namespace asio = boost::asio;
namespace stream = farm::stream;
using namespace std::chrono_literals;

// Whoever takes nothing for so long does not come back.
constexpr auto patience_for_supervisor = 5min;
// Lines of progress that wait while the stream is full; older ones are worth less.
constexpr std::size_t most_lines = 200;

class streaming {
 public:
  streaming(stream::folder_sender& sender, stream::message_reader& reader, std::string run)
      : sender_(sender), reader_(reader), run_(std::move(run)) {}

  void tell(conductor::progress const& now) {
    lines_.push_back(conductor::to_line(now));
    if (lines_.size() > most_lines) lines_.pop_front();
  }

  loop::awaitable<void> beside(work_context context) {
    loop::nursery both(co_await loop::asio::this_coro::executor);
    both.spawn(hear_of_stop(context.stop));
    both.spawn(send_along(context.stop));
    co_await both.join();
  }

  // One thread sends: what was under way when the run ended goes first.
  loop::awaitable<void> after(work_context) {
    auto const all = std::exchange(lines_, {});
    auto const work = [this, all] {
      if (broken_) return *broken_;
      auto told = tell_all(all);
      return told ? sender_.rest() : told;
    };
    auto const sent = co_await loop::offload(sending_, work);
    if (!sent) complain(sent.error().message(), 0);
  }

 private:
  // A performer that cannot begin has not opened its stream: its words are all that comes of it.
  result<void> tell_all(std::deque<std::string> const& lines) {
    if (!std::exchange(opened_, true)) {
      utsname host{};
      ::uname(&host);
      auto const opened = sender_.open(
          {.wedgehog_stream = 1, .run = run_, .wedgehog = WEDGEHOG_VERSION, .host = host.nodename});
      if (!opened) return opened;
    }
    for (auto const& line : lines)
      if (auto told = sender_.progress(line); !told) return told;
    return {};
  }

  loop::awaitable<void> send_along(loop::interruption& stop) {
    while (!broken_) {
      auto const all = std::exchange(lines_, {});
      auto const work = [this, all] {
        auto told = tell_all(all);
        return told ? sender_.follow() : told;
      };
      auto const sent = co_await loop::offload(sending_, work);
      if (!sent) broken_ = sent;
      co_await time_.sleep_for(500ms);
    }
    complain(broken_->error().message() + ": the run is stopped", 0);
    stop.request();
  }

  // A supervisor that is gone asks for nothing more.
  loop::awaitable<void> hear_of_stop(loop::interruption& stop) {
    asio::posix::stream_descriptor down(co_await loop::asio::this_coro::executor,
                                        ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    bool asked = false;
    auto const take = [&asked](stream::message const& what) -> result<void> {
      asked = asked || std::holds_alternative<stream::stop_order>(what);
      return {};
    };
    std::array<char, 4096> bytes;
    while (!asked) {
      auto const room = asio::buffer(bytes);
      auto [failed, got] = co_await down.async_read_some(room, asio::as_tuple(asio::use_awaitable));
      if (failed == asio::error::operation_aborted) co_return;
      if (failed || !reader_.feed({bytes.data(), got}, take)) break;
    }
    stop.request();
  }

  loop::real_clock time_;
  stream::folder_sender& sender_;
  stream::message_reader& reader_;
  std::string run_;
  bool opened_ = false;
  std::deque<std::string> lines_;
  std::optional<result<void>> broken_;
  asio::thread_pool sending_{1};
};

}  // namespace

int perform_streamed() {
  // Nothing else may speak on the stream.
  int const up = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (up < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    return complain("there is no standard output to send a run on", exit_usage);
  vm::runtime_directory::sweep();
  std::error_code failure;
  auto const below = std::filesystem::temp_directory_path(failure);
  if (failure) return complain("there is no directory for temporary files", exit_inconclusive);
  auto const place = stream::node_place::make(below);
  if (!place) return complain(place.error().message(), exit_inconclusive);
  stream::message_reader reader(stream::limits_of_order());
  auto const folder = stream::receive_order(STDIN_FILENO, *place, reader);
  if (!folder) return complain(folder.error().message(), exit_inconclusive);
  stream::folder_sender sender(up, *folder, patience_for_supervisor);
  streaming run(sender, reader, folder->filename().string());
  return perform_order(
      {.order = (*folder / folder::names::order).string(), .folder = folder->string()},
      {.tell = [&run](conductor::progress const& now) { run.tell(now); },
       .beside = [&run](work_context context) { return run.beside(context); },
       .after = [&run](work_context context) { return run.after(context); }});
}

}  // namespace wedgehog::cli
