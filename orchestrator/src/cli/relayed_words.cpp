#include "cli/relayed_words.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "cli/terminal.hpp"

namespace wedgehog::cli {
namespace asio = loop::asio;

result<relayed_words> relayed_words::open(asio::any_io_executor const& executor) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("creating a pipe", errno);
  return relayed_words(asio::posix::stream_descriptor(executor, ends[0]),
                       loop::descriptor(ends[1]));
}

std::string relayed_words::place() const {
  return fmt::format("/proc/self/fd/{}", theirs_.get());
}

loop::awaitable<void> relayed_words::pass_on() {
  std::array<char, 4096> piece;
  for (;;) {
    auto const room = asio::buffer(piece);
    auto [failed, got] = co_await ours_.async_read_some(room, asio::as_tuple(asio::use_awaitable));
    if (failed) co_return;
    tell_text({piece.data(), got});
  }
}

}  // namespace wedgehog::cli
