// A scripted QEMU monitor on the other end of a socket pair: the test says what it sends and sees
// what it was sent. Blocking-free and single-threaded: everything happens on the test's loop.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <string>

#include "qmp/client.hpp"

namespace wedgehog::testing {

namespace asio = boost::asio;

inline constexpr char const* greeting_with_oob =
    R"({"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "test"}, )"
    R"("capabilities": ["oob"]}})"
    "\r\n";
inline constexpr char const* greeting_without_oob =
    R"({"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, )"
    R"("capabilities": []}})"
    "\r\n";

class fake_qemu {
 public:
  explicit fake_qemu(asio::any_io_executor executor) : socket_(executor) {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    socket_.assign(asio::local::stream_protocol(), ends[0]);
    other_end_ = ends[1];
  }
  ~fake_qemu() {
    if (other_end_ >= 0) ::close(other_end_);
  }
  fake_qemu(fake_qemu const&) = delete;
  fake_qemu& operator=(fake_qemu const&) = delete;

  int take_other_end() { return std::exchange(other_end_, -1); }

  loop::awaitable<void> say(std::string text) {
    co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
  }
  // The next line, parsed; null when the client has closed.
  loop::awaitable<qmp::json::value> hear() {
    for (;;) {
      if (auto const end = heard_.find('\n'); end != std::string::npos) {
        auto const line = heard_.substr(0, end);
        heard_.erase(0, end + 1);
        co_return qmp::json::parse(line);
      }
      std::array<char, 4096> bytes;
      boost::system::error_code failure;
      auto token = asio::redirect_error(asio::use_awaitable, failure);
      auto const size = co_await socket_.async_read_some(asio::buffer(bytes), token);
      if (failure) co_return nullptr;
      heard_.append(bytes.data(), size);
    }
  }
  loop::awaitable<void> greet(std::string greeting = greeting_with_oob) {
    co_await say(std::move(greeting));
    auto const asked = co_await hear();
    EXPECT_EQ(asked.at("execute").as_string(), "qmp_capabilities");
    co_await say("{\"return\": {}, \"id\": 0}\r\n");
  }
  // Hears one command and returns {"echo": its name} to it.
  loop::awaitable<std::string> answer_one() {
    auto const asked = co_await hear();
    if (asked.is_null()) co_return std::string();
    auto const* name = asked.as_object().if_contains("execute");
    if (name == nullptr) name = asked.as_object().if_contains("exec-oob");
    qmp::json::object reply;
    reply["return"] = qmp::json::object{{"echo", *name}};
    reply["id"] = asked.at("id");
    co_await say(qmp::json::serialize(reply) + "\r\n");
    co_return std::string(name->as_string());
  }
  void hang_up() { socket_.close(); }
  asio::local::stream_protocol::socket& socket() { return socket_; }

 private:
  asio::local::stream_protocol::socket socket_;
  int other_end_ = -1;
  std::string heard_;
};

}  // namespace wedgehog::testing
