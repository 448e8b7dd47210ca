#include "tests/simulation/nbd_drive.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <map>

#include "loop/nursery.hpp"
#include "nbd/bytes.hpp"
#include "nbd/protocol.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;
namespace asio = loop::asio;
using asio::local::stream_protocol;
using loop::awaitable;
using vm::simulated::block_operation;
using vm::simulated::block_request;

constexpr std::uint32_t option_export_name = 1;
constexpr std::uint32_t fixed_without_zeroes = 3;

template <class T>
void put(std::string& to, T value) {
  std::array<std::byte, sizeof(T)> bytes;
  nbd::store_big(bytes.data(), value);
  to.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
}
template <class T>
T get(std::string_view from, std::size_t at) {
  return nbd::load_big<T>(reinterpret_cast<std::byte const*>(from.data()) + at);
}

// Lives as long as its coroutine does, whoever else has gone.
class nbd_line : public std::enable_shared_from_this<nbd_line> {
 public:
  nbd_line(asio::any_io_executor executor, loop::clock& time, vm::disk_spec disk)
      : executor_(std::move(executor)),
        time_(time),
        disk_(std::move(disk)),
        socket_(executor_),
        listening_(executor_) {}

  awaitable<bool> connect() {
    socket_ = stream_protocol::socket(executor_);
    boost::system::error_code failed;
    stream_protocol::endpoint const server(std::get<vm::unix_socket>(disk_.server).path);
    socket_.connect(server, failed);
    if (failed) co_return false;
    std::string const hello = co_await read_exactly(18);
    if (hello.size() != 18 || get<std::uint64_t>(hello, 0) != nbd::wire::greeting_magic)
      co_return false;
    std::string choice;
    put<std::uint32_t>(choice, fixed_without_zeroes);
    put<std::uint64_t>(choice, nbd::wire::option_magic);
    put<std::uint32_t>(choice, option_export_name);
    put<std::uint32_t>(choice, 0);
    auto const bytes = asio::buffer(choice);
    co_await asio::async_write(socket_, bytes, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return false;
    std::string const facts = co_await read_exactly(10);
    connected_ = facts.size() == 10;
    co_return connected_;
  }

  void submit(block_request const& what, std::function<void(int)> answer) {
    if (closed_) return;
    if (dead_ || (!connected_ && expired_)) {
      asio::post(executor_, [answer = std::move(answer)] { answer(EIO); });
      return;
    }
    auto const cookie = ++last_cookie_;
    in_flight_[cookie] = {what, std::move(answer)};
    if (connected_) send(cookie, what);
  }
  void cut() {
    dead_ = true;
    drop();
    fail_all();
  }
  void listen(bool on) {
    hears_ = on;
    listening_.ring();
  }
  void close() {
    closed_ = true;
    in_flight_.clear();
    listening_.ring();
    drop();
  }

  static awaitable<void> live(std::shared_ptr<nbd_line> self) {
    while (!self->closed_ && !self->dead_) {
      co_await self->read_replies();
      self->connected_ = false;
      if (self->closed_ || self->dead_) break;
      if (self->disk_.reconnect_s == 0) {
        self->dead_ = true;
        self->fail_all();
        break;
      }
      co_await self->connect_again();
    }
  }

 private:
  struct asked {
    block_request what;
    std::function<void(int)> answer;
  };

  awaitable<std::string> read_exactly(std::size_t count) {
    std::string bytes(count, '\0');
    boost::system::error_code failed;
    auto const room = asio::buffer(bytes);
    auto const got =
        co_await asio::async_read(socket_, room, asio::redirect_error(asio::use_awaitable, failed));
    bytes.resize(failed ? 0 : got);
    co_return bytes;
  }

  awaitable<void> read_replies() {
    for (;;) {
      auto const head = co_await read_exactly(nbd::simple_reply_size);
      if (head.size() != nbd::simple_reply_size) co_return;
      while (!hears_ && !closed_) co_await listening_.wait();
      auto const error = get<std::uint32_t>(head, 4);
      auto const found = in_flight_.find(get<std::uint64_t>(head, 8));
      if (found == in_flight_.end()) co_return;
      auto const one = std::move(found->second);
      in_flight_.erase(found);
      if (error == 0 && one.what.what == block_operation::read) {
        auto const data = co_await read_exactly(one.what.length);
        if (data.size() != one.what.length) {
          one.answer(EIO);
          co_return;
        }
      }
      one.answer(error == 0 ? 0 : EIO);
    }
  }

  // QEMU 7.2, seen 2026-11: after 1, 2, 4 … s; what waits longer than reconnect-delay fails.
  awaitable<void> connect_again() {
    auto const expires = time_.now() + std::chrono::seconds(disk_.reconnect_s);
    auto pause = 1s;
    for (;;) {
      co_await time_.sleep_for(pause);
      if (closed_ || dead_) co_return;
      bool const again = co_await connect();
      if (again) break;
      if (time_.now() >= expires && !expired_) {
        expired_ = true;
        fail_all();
      }
      pause = std::min(pause * 2, 16s);
    }
    expired_ = false;
    for (auto const& [cookie, one] : in_flight_) send(cookie, one.what);
  }

  void send(std::uint64_t cookie, block_request const& what) {
    std::uint16_t command = nbd::wire::cmd_read;
    if (what.what == block_operation::write) command = nbd::wire::cmd_write;
    if (what.what == block_operation::flush) command = nbd::wire::cmd_flush;
    std::string bytes;
    put<std::uint32_t>(bytes, nbd::wire::request_magic);
    put<std::uint16_t>(bytes, 0);
    put<std::uint16_t>(bytes, command);
    put<std::uint64_t>(bytes, cookie);
    put<std::uint64_t>(bytes, what.what == block_operation::flush ? 0 : what.offset);
    put<std::uint32_t>(bytes, what.what == block_operation::flush ? 0 : what.length);
    if (what.what == block_operation::write) bytes.append(what.length, 'w');
    // A few small requests always fit into the socket.
    boost::system::error_code failed;
    asio::write(socket_, asio::buffer(bytes), failed);
  }
  void drop() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  void fail_all() {
    for (auto& [cookie, one] : std::exchange(in_flight_, {})) one.answer(EIO);
  }

  asio::any_io_executor executor_;
  loop::clock& time_;
  vm::disk_spec disk_;
  stream_protocol::socket socket_;
  loop::bell listening_;
  bool hears_ = true;
  bool connected_ = false;
  bool expired_ = false;  // waited for longer than QEMU is told to
  bool dead_ = false;
  bool closed_ = false;
  std::uint64_t last_cookie_ = 0;
  std::map<std::uint64_t, asked> in_flight_;
};

class nbd_drive final : public vm::simulated::drive {
 public:
  explicit nbd_drive(std::shared_ptr<nbd_line> line) : line_(std::move(line)) {}
  ~nbd_drive() override { line_->close(); }
  void submit(block_request const& what, std::function<void(int)> answer) override {
    line_->submit(what, std::move(answer));
  }
  void cut() override { line_->cut(); }
  void listen(bool on) override { line_->listen(on); }
  void close() override { line_->close(); }

 private:
  std::shared_ptr<nbd_line> line_;
};

void end_of_line(std::exception_ptr thrown) {
  if (thrown && !loop::is_cancellation(thrown)) std::rethrow_exception(thrown);
}

}  // namespace

awaitable<result<std::unique_ptr<vm::simulated::drive>>> make_nbd_drive(
    asio::any_io_executor executor, loop::clock& time, vm::disk_spec const& disk) {
  auto const line = std::make_shared<nbd_line>(executor, time, disk);
  bool const connected = co_await line->connect();
  if (!connected) co_return host_error("QEMU could not connect to disk " + disk.name);
  asio::co_spawn(executor, nbd_line::live(line), end_of_line);
  co_return std::unique_ptr<vm::simulated::drive>(std::make_unique<nbd_drive>(line));
}

}  // namespace wedgehog::simulation
