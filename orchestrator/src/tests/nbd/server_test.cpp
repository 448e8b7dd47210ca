#include "nbd/server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "nbd/protocol.hpp"
#include "tests/loop_runner.hpp"
#include "tests/nbd/scratch.hpp"
#include "tests/nbd/wire_text.hpp"

namespace wedgehog::nbd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::use_awaitable;
using loop::awaitable;
using testing::big;
using testing::raw_option;
using testing::raw_request;
using testing::run_to_end;
using testing::scratch;
using local = asio::local::stream_protocol;

struct served {
  explicit served(asio::io_context& context)
      : disk(std::move(
            *fault_disk::open({.name = "data", .size = 1U << 20U}, [this] { return time.now(); }))),
        serving(context.get_executor(), time, *disk) {
    auto const started = serving.start(dir / "socket");
    if (!started) throw std::runtime_error(started.error().message());
  }
  [[nodiscard]] std::string path() const { return std::get<std::string>(serving.where()); }
  scratch dir;
  loop::real_clock time;
  std::unique_ptr<fault_disk> disk;
  server serving;
};

awaitable<local::socket> connect(served& where) {
  local::socket peer(co_await asio::this_coro::executor);
  co_await peer.async_connect(local::endpoint(where.path()),
                              use_awaitable);
  std::string text = big<std::uint32_t>(3) + raw_option(1);
  co_await asio::async_write(peer, asio::buffer(text), use_awaitable);
  text.resize(18 + 10);
  co_await asio::async_read(peer, asio::buffer(text), use_awaitable);
  EXPECT_EQ(text.substr(0, 8), "NBDMAGIC");
  co_return peer;
}

awaitable<void> send(local::socket& peer, std::string text) {
  co_await asio::async_write(peer, asio::buffer(text), use_awaitable);
}

// So many bytes; fewer when the connection ends before.
awaitable<std::string> receive(local::socket& peer, std::size_t size) {
  std::string text(size, '\0');
  boost::system::error_code ended;
  auto const got = co_await asio::async_read(peer, asio::buffer(text),
                                             asio::redirect_error(use_awaitable, ended));
  text.resize(got);
  co_return text;
}

awaitable<void> until(served& where, std::function<bool()> holds) {
  for (int i = 0; i < 2000 && !holds(); ++i) co_await where.time.sleep_for(1ms);
  EXPECT_TRUE(holds());
}

std::string success(std::uint64_t cookie, std::uint32_t error = 0) {
  return big<std::uint32_t>(0x67446698) + big(error) + big(cookie);
}

awaitable<void> answers_whatever_the_pieces(served& where) {
  std::string const data(1000, 'd');
  std::string const asked = raw_request(wire::cmd_write, 100, 1000, 0, 1) + data +
                            raw_request(wire::cmd_write, 1U << 20U, 20, 0, 2) +
                            std::string(20, 'x') + raw_request(wire::cmd_read, 100, 1000, 0, 3) +
                            raw_request(wire::cmd_flush, 0, 0, 0, 4);
  std::string const expected = success(1) + success(2, 28) + success(3) + data + success(4);
  auto peer = co_await connect(where);
  for (std::size_t const piece :
       {asked.size(), std::size_t{1}, std::size_t{27}, std::size_t{29}, std::size_t{700}}) {
    for (std::size_t at = 0; at < asked.size(); at += piece)
      co_await send(peer, asked.substr(at, piece));
    auto const got = co_await receive(peer, expected.size());
    EXPECT_EQ(got, expected) << "in pieces of " << piece;
  }
  peer.close();
  co_await where.serving.stop();
}
TEST(server, answers_the_same_in_whatever_pieces_requests_come) {
  asio::io_context context;
  served where(context);
  run_to_end(context, answers_whatever_the_pieces(where));
  EXPECT_FALSE(std::filesystem::exists(where.path()));
}

awaitable<void> skips_an_oversized_write(served& where) {
  auto peer = co_await connect(where);
  std::uint32_t const size = wire::largest_payload + 1;
  co_await send(peer, raw_request(wire::cmd_write, 0, size, 0, 1));
  std::string const piece(1U << 20U, 'x');
  for (std::uint32_t sent = 0; sent < size;) {
    auto const count = std::min<std::uint32_t>(size - sent, 1U << 20U);
    co_await send(peer, piece.substr(0, count));
    sent += count;
  }
  co_await send(peer, raw_request(wire::cmd_read, 0, 4, 0, 2));
  auto const got = co_await receive(peer, 36);
  EXPECT_EQ(got, success(1, 28) + success(2) + std::string(4, '\0'));
  peer.close();
  co_await where.serving.stop();
}
TEST(server, skips_an_oversized_write_and_its_payload_never_touches_the_disk) {
  asio::io_context context;
  served where(context);
  run_to_end(context, skips_an_oversized_write(where));
}

awaitable<void> frees_a_vanished_client(served& where) {
  EXPECT_TRUE(where.disk->inject("hold:operations=write"));
  auto peer = co_await connect(where);
  co_await send(peer, raw_request(wire::cmd_write, 0, 4) + "data" +
                          raw_request(wire::cmd_write, 0, 4) + "data");
  co_await until(where, [&] { return where.disk->sample().held == 2; });
  peer.close();
  co_await until(where, [&] { return where.serving.connections() == 0; });
  EXPECT_EQ(where.disk->sample().in_flight, 0U);
  auto broken = co_await connect(where);
  co_await send(broken, std::string(28, 'x'));
  auto const rest = co_await receive(broken, 1);
  EXPECT_EQ(rest, "") << "no request: the connection is dropped";
  co_await where.serving.stop();
}
TEST(server, a_vanished_client_and_garbage_free_everything) {
  asio::io_context context;
  served where(context);
  run_to_end(context, frees_a_vanished_client(where));
}

awaitable<void> delays_releases_and_changes_without_reconnecting(served& where) {
  auto peer = co_await connect(where);
  EXPECT_TRUE(where.disk->inject("slow=latency:delay=20ms"));
  auto const begin = where.time.now();
  co_await send(peer, raw_request(wire::cmd_flush, 0, 0, 0, 1));
  auto const first = co_await receive(peer, 16);
  EXPECT_EQ(first, success(1));
  EXPECT_GE(where.time.now() - begin, 20ms);
  EXPECT_TRUE(where.disk->inject("slow=latency:delay=1h"));
  co_await send(peer, raw_request(wire::cmd_flush, 0, 0, 0, 2));
  co_await until(where, [&] { return where.disk->sample().in_flight == 1; });
  EXPECT_TRUE(where.disk->inject("slow=latency:delay=1ms"));
  auto const second = co_await receive(peer, 16);
  EXPECT_EQ(second, success(2));
  EXPECT_TRUE(where.disk->inject("stuck=hold"));
  co_await send(peer, raw_request(wire::cmd_flush, 0, 0, 0, 3));
  co_await until(where, [&] { return where.disk->sample().held == 1; });
  EXPECT_TRUE(where.disk->release({}));
  auto const third = co_await receive(peer, 16);
  EXPECT_EQ(third, success(3));
  peer.close();
  co_await where.serving.stop();
}
TEST(server, faults_come_change_and_go_on_a_living_connection) {
  asio::io_context context;
  served where(context);
  run_to_end(context, delays_releases_and_changes_without_reconnecting(where));
}

awaitable<void> goes_and_comes_back(served& where) {
  auto peer = co_await connect(where);
  EXPECT_TRUE(where.disk->inject("pulled=disconnect:operations=flush"));
  co_await send(peer, raw_request(wire::cmd_flush, 0, 0));
  auto const rest = co_await receive(peer, 16);
  EXPECT_EQ(rest, "");
  co_await until(where, [&] {
    return !std::filesystem::exists(where.path());
  });
  EXPECT_TRUE(where.disk->heal("pulled"));
  co_await until(
      where, [&] { return std::filesystem::exists(where.path()); });
  auto again = co_await connect(where);
  co_await send(again, raw_request(wire::cmd_flush, 0, 0, 0, 5));
  auto const answer = co_await receive(again, 16);
  EXPECT_EQ(answer, success(5));
  where.disk->cut_power({});
  auto const cut = co_await receive(again, 16);
  EXPECT_EQ(cut, "");
  auto after = co_await connect(where);
  co_await send(after, raw_request(wire::cmd_flush, 0, 0, 0, 6));
  auto const last = co_await receive(after, 16);
  EXPECT_EQ(last, success(6));
  co_await where.serving.stop();
}
TEST(server, a_pulled_cable_comes_back_and_a_power_cut_drops_the_connection) {
  asio::io_context context;
  served where(context);
  run_to_end(context, goes_and_comes_back(where));
}

awaitable<void> serves_who_does_not_read(served& where) {
  auto greedy = co_await connect(where);
  std::string asked;
  for (int i = 0; i < 64; ++i) asked += raw_request(wire::cmd_read, 0, 1U << 20U, 0, 9);
  co_await send(greedy, asked);
  auto other = co_await connect(where);
  co_await send(other, raw_request(wire::cmd_flush, 0, 0, 0, 1));
  auto const answer = co_await receive(other, 16);
  EXPECT_EQ(answer, success(1)) << "another client is served meanwhile";
  EXPECT_LT(where.disk->books().of(operation::read).requests, 64U) << "not all in our memory";
  auto const all = co_await receive(greedy, std::size_t{64} * (16 + (1U << 20U)));
  EXPECT_EQ(all.size(), std::size_t{64} * (16 + (1U << 20U)));
  EXPECT_EQ(where.disk->books().of(operation::read).requests, 64U);
  co_await where.serving.stop();
}
TEST(server, a_client_that_does_not_read_is_not_read_from) {
  asio::io_context context;
  served where(context);
  run_to_end(context, serves_who_does_not_read(where));
}

awaitable<void> refuses_a_served_socket(served& where) {
  server second(co_await asio::this_coro::executor, where.time, *where.disk);
  auto const started = second.start(where.path());
  EXPECT_FALSE(started);
  EXPECT_FALSE(second.start(std::string(120, 'x')));
  co_await where.serving.stop();
}
TEST(server, does_not_take_a_socket_that_is_served) {
  asio::io_context context;
  served where(context);
  run_to_end(context, refuses_a_served_socket(where));
}

// A client of a port: asks for an export by name, then for a flush; true when it may go on.
awaitable<bool> is_let_in(std::uint16_t port, std::string name) {
  asio::ip::tcp::socket peer(co_await asio::this_coro::executor);
  asio::ip::tcp::endpoint const at(asio::ip::make_address("127.0.0.1"), port);
  boost::system::error_code failed;
  co_await peer.async_connect(at, asio::redirect_error(use_awaitable, failed));
  if (failed) co_return false;
  std::string text = big<std::uint32_t>(3) + raw_option(1, std::move(name));
  co_await asio::async_write(peer, asio::buffer(text), use_awaitable);
  text.resize(18 + 10);
  co_await asio::async_read(peer, asio::buffer(text), asio::redirect_error(use_awaitable, failed));
  if (failed) co_return false;
  text = raw_request(wire::cmd_flush, 0, 0);
  co_await asio::async_write(peer, asio::buffer(text), asio::redirect_error(use_awaitable, failed));
  text.resize(16);
  co_await asio::async_read(peer, asio::buffer(text), asio::redirect_error(use_awaitable, failed));
  co_return !failed;
}

awaitable<void> serves_a_port_to_those_who_know_its_name(fault_disk& disk, loop::clock& time) {
  server serving(co_await asio::this_coro::executor, time, disk);
  auto const started = serving.start(tcp_place{"127.0.0.1", 0, "a-secret"});
  EXPECT_TRUE(started);
  auto const port = std::get<tcp_place>(serving.where()).port;
  EXPECT_NE(port, 0);
  bool const known = co_await is_let_in(port, "a-secret");
  bool const named = co_await is_let_in(port, "data");
  bool const nameless = co_await is_let_in(port, "");
  EXPECT_TRUE(known);
  EXPECT_FALSE(named) << "the disk's own name is no secret";
  EXPECT_FALSE(nameless);
  // A pulled cable, and in again: at the same port.
  EXPECT_TRUE(disk.inject("pulled=disconnect:operations=flush"));
  bool listens = true;
  for (int i = 0; i < 500 && listens; ++i) {
    co_await time.sleep_for(2ms);
    listens = co_await is_let_in(port, "a-secret");
  }
  EXPECT_FALSE(listens);
  EXPECT_TRUE(disk.heal("pulled"));
  for (int i = 0; i < 500 && !listens; ++i) {
    co_await time.sleep_for(2ms);
    listens = co_await is_let_in(port, "a-secret");
  }
  EXPECT_TRUE(listens);
  co_await serving.stop();
}
TEST(server, serves_a_port_to_those_who_know_its_name) {
  asio::io_context context;
  loop::real_clock time;
  auto const disk = std::move(
      *fault_disk::open({.name = "data", .size = 1U << 20U}, [&time] { return time.now(); }));
  run_to_end(context, serves_a_port_to_those_who_know_its_name(*disk, time));
}

TEST(server, an_address_of_another_host_is_refused_with_its_name) {
  asio::io_context context;
  loop::real_clock time;
  auto const disk = std::move(
      *fault_disk::open({.name = "data", .size = 1U << 20U}, [&time] { return time.now(); }));
  for (auto const* address : {"192.0.2.1", "no address"}) {
    server serving(context.get_executor(), time, *disk);
    auto const started = serving.start(tcp_place{address, 0, "a-secret"});
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message().find(address), std::string::npos);
  }
}

}  // namespace
}  // namespace wedgehog::nbd
