#include "vm/simulated/monitor.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "base/described.hpp"
#include "loop/nursery.hpp"
#include "loop/race.hpp"

namespace wedgehog::vm::simulated {
namespace {

using loop::asio::local::stream_protocol;

constexpr char const* greeting =
    R"({"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "model"}, )"
    R"("capabilities": ["oob"]}})";
constexpr int flood = 6000;

json::object error_of(std::string_view kind, std::string text) {
  return {{"error", json::object{{"class", kind}, {"desc", std::move(text)}}}};
}

}  // namespace

monitor::monitor(loop::asio::any_io_executor const& executor, int connected, owner whose)
    : socket_(executor, stream_protocol(), connected),
      whose_(std::move(whose)),
      commands_(executor),
      unsent_(executor, 1) {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
}

void monitor::say(std::string const& text) {
  if (closing_) return;
  outgoing_ += text + "\r\n";
  unsent_.push(true);
}

void monitor::announce(json::object const& event) {
  say(json::serialize(event));
}

void monitor::close() {
  closing_ = true;
  unsent_.push(true);
}

loop::awaitable<void> monitor::serve() {
  loop::nursery parts(co_await loop::asio::this_coro::executor);
  say(greeting);
  parts.spawn(read());
  parts.spawn(obey_all());
  parts.spawn(write());
  co_await parts.join();
}

loop::awaitable<void> monitor::write() {
  while (auto const more = co_await unsent_.receive()) {
    co_await whose_.until_awake();
    auto const bytes = std::exchange(outgoing_, {});
    boost::system::error_code failed;
    auto const all = loop::asio::buffer(bytes);
    co_await loop::asio::async_write(socket_, all,
                                     loop::asio::redirect_error(loop::asio::use_awaitable, failed));
    co_await loop::asio::this_coro::throw_if_cancelled(true);
    if (failed || closing_) break;
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
  commands_.close();
}

// By recvmsg, since a descriptor may come with the bytes.
loop::awaitable<void> monitor::read() {
  for (;;) {
    boost::system::error_code failed;
    co_await socket_.async_wait(stream_protocol::socket::wait_read,
                                loop::asio::redirect_error(loop::asio::use_awaitable, failed));
    co_await loop::asio::this_coro::throw_if_cancelled(true);
    if (failed) break;
    co_await whose_.until_awake();
    std::array<char, 16384> bytes;
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t const got =
        ::recvmsg(socket_.native_handle(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got == 0 || (got < 0 && errno != EAGAIN)) break;
    if (got < 0) continue;
    auto const* rights = CMSG_FIRSTHDR(&header);
    if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(rights), sizeof number);
      descriptor_ = loop::descriptor(number);
    }
    incoming_.append(bytes.data(), static_cast<std::size_t>(got));
    for (auto end = incoming_.find('\n'); end != std::string::npos; end = incoming_.find('\n')) {
      auto const line = incoming_.substr(0, end);
      incoming_.erase(0, end + 1);
      take_line(line);
    }
  }
  commands_.close();
  unsent_.close();
}

void monitor::take_line(std::string const& line) {
  boost::system::error_code failed;
  auto const parsed = json::parse(line, failed);
  if (failed || !parsed.is_object())
    return say(json::serialize(error_of("GenericError", "JSON parse error")));
  auto const& command = parsed.get_object();
  auto const urgent = text_at(command, "exec-oob");
  if (urgent.empty()) return commands_.push(command);
  auto const* with = command.if_contains("arguments");
  auto reply = whose_.obey_out_of_band(
      urgent, with != nullptr && with->is_object() ? with->get_object() : json::object());
  if (auto const* id = command.if_contains("id")) reply["id"] = *id;
  say(json::serialize(reply));
}

// True when that was the answer.
loop::awaitable<bool> monitor::misbehave(manners how, json::value const& id) {
  switch (how.what) {
    case manners::kind::good:
      break;
    case manners::kind::never: {
      loop::mailbox<bool> for_ever(co_await loop::asio::this_coro::executor);
      co_await for_ever.receive();
      break;
    }
    case manners::kind::late:
      co_await whose_.time.sleep_for(how.delay);
      break;
    case manners::kind::refusal: {
      auto refusal = error_of("GenericError", "the model does not want to");
      refusal["id"] = id;
      say(json::serialize(refusal));
      co_return true;
    }
    case manners::kind::garbage:
      say("\x01{\"return\": [[[, nonsense");
      co_return true;
    case manners::kind::half:
      outgoing_ += "{\"return\": {\"stat";
      close();
      co_return true;
    case manners::kind::flood:
      for (int i = 0; i < flood; ++i)
        say(R"({"event": "NIC_RX_FILTER_CHANGED", "data": {"path": "/x"}, )"
            R"("timestamp": {"seconds": 1, "microseconds": 0}})");
      break;
  }
  co_return false;
}

loop::awaitable<void> monitor::obey_all() {
  while (auto const command = co_await commands_.receive()) {
    co_await whose_.until_awake();
    auto const name = text_at(*command, "execute");
    auto const* given = command->if_contains("id");
    json::value const id = given != nullptr ? *given : json::value();
    auto const* with = command->if_contains("arguments");
    json::object reply;
    if (name == "qmp_capabilities") {
      reply["return"] = json::object();
    } else {
      auto const how = whose_.choose ? whose_.choose(name) : manners();
      bool const answered = co_await misbehave(how, id);
      if (answered) continue;
      json::object const arguments =
          with != nullptr && with->is_object() ? with->get_object() : json::object();
      reply = co_await whose_.obey(*this, name, arguments);
    }
    reply["id"] = id;
    say(json::serialize(reply));
  }
}

}  // namespace wedgehog::vm::simulated
