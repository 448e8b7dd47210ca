// A port with certificates, over real sockets: who is let in, who is not, and what strangers cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "nbd/server.hpp"
#include "tests/loop_runner.hpp"
#include "tests/nbd/scratch.hpp"
#include "tests/nbd/wire_text.hpp"
#include "tests/tls/authority.hpp"
#include "tests/tls/client.hpp"
#include "tls/certificates.hpp"

namespace wedgehog::nbd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::use_awaitable;
using loop::awaitable;
using testing::authority;
using testing::big;
using testing::counted;
using testing::raw_option;
using testing::raw_request;
using testing::run_to_end;
using testing::signed_pair;
using testing::tls_client;

authority const& root() {
  static authority const one;
  return one;
}

// More than the system keeps for a socket (Linux: 4 MiB).
constexpr std::uint32_t tls_disk_size = 6U << 20U;

std::shared_ptr<tls::certificates const> certificates_that(bool demand) {
  testing::scratch const dir;
  auto const folder = dir / "pki";
  testing::write_certificates(folder, root().sign(), demand ? root().certificate() : "");
  return tls::certificates::read(folder).value();
}

struct served_with_tls {
  served_with_tls(asio::io_context& context, bool demands, loop::clock& clock)
      : disk(std::move(*fault_disk::open({.name = "data", .size = tls_disk_size},
                                         [&clock] { return clock.now(); }))),
        serving(context.get_executor(), clock, *disk) {
    auto const started =
        serving.start(tcp_place{"127.0.0.1", 0, "a-secret", certificates_that(demands)});
    if (!started) throw std::runtime_error(started.error().message());
  }
  [[nodiscard]] std::uint16_t port() const { return std::get<tcp_place>(serving.where()).port; }
  std::unique_ptr<fault_disk> disk;
  server serving;
};

loop::real_clock& real_time() {
  static loop::real_clock time;
  return time;
}

template <class Holds>
awaitable<void> soon(Holds const& holds) {
  for (int i = 0; i < 2000 && !holds(); ++i) co_await real_time().sleep_for(1ms);
  EXPECT_TRUE(holds());
}

awaitable<void> until_there_are(served_with_tls& where, std::size_t connections) {
  auto const so_many = [&] { return where.serving.connections() == connections; };
  co_await soon(so_many);
}

signed_pair const nobody;
std::string const go_option = raw_option(7, counted("a-secret") + big<std::uint16_t>(0));

// A client's side of a connection, in the open until TLS was begun.
class peer {
 public:
  // `receives`: so much without being read, about; 0: as usual.
  peer(asio::any_io_executor executor, std::uint16_t port, int receives = 0)
      : socket_(std::move(executor), asio::ip::tcp::v4()) {
    if (receives > 0) socket_.set_option(asio::socket_base::receive_buffer_size(receives));
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
  }

  awaitable<void> send(std::string text) {
    if (tls_) {
      tls_->say(text);
      text = tls_->to_send();
    }
    boost::system::error_code ignored;
    co_await asio::async_write(socket_, asio::buffer(text),
                               asio::redirect_error(use_awaitable, ignored));
  }
  // So many bytes; fewer when it ends before.
  awaitable<std::string> receive(std::size_t size) {
    while (heard_.size() < size) {
      auto const more = co_await some();
      if (more.empty()) break;
      if (tls_) {
        tls_->take(more);
        heard_ += tls_->heard();
        if (!tls_->failure().empty()) break;
      } else {
        heard_ += more;
      }
    }
    auto text = heard_.substr(0, size);
    heard_.erase(0, text.size());
    co_return text;
  }
  awaitable<std::string> greeted(std::string option) {
    co_await send(big<std::uint32_t>(3) + option);
    auto const greeting = co_await receive(18);
    EXPECT_EQ(greeting.substr(0, 16), "NBDMAGICIHAVEOPT");
    auto answer = co_await receive(20);
    // With what it says for people.
    auto const text =
        answer.size() < 20 ? 0 : load_big<std::uint32_t>(reinterpret_cast<std::byte*>(&answer[16]));
    co_await receive(text);
    co_return answer;
  }
  // True when both have shown who they are, as far as the client knows.
  awaitable<bool> begin_tls(signed_pair const& ours) {
    auto const answer = co_await greeted(raw_option(5));
    EXPECT_EQ(answer.substr(12, 4), big<std::uint32_t>(1));
    tls_ = std::make_unique<tls_client>(root().certificate(), ours);
    for (;;) {
      bool const done = tls_->shake_hands();
      std::string const text = tls_->to_send();
      boost::system::error_code ignored;
      co_await asio::async_write(socket_, asio::buffer(text),
                                 asio::redirect_error(use_awaitable, ignored));
      if (done || !tls_->failure().empty()) co_return done;
      auto const more = co_await some();
      if (more.empty()) co_return false;
      tls_->take(more);
    }
  }
  [[nodiscard]] std::string failure() const { return tls_ ? tls_->failure() : ""; }
  // In the middle of whatever it was doing.
  void cut() { socket_.close(); }
  awaitable<std::string> some() {
    std::string text(65536, '\0');
    boost::system::error_code ended;
    text.resize(co_await socket_.async_read_some(asio::buffer(text),
                                                 asio::redirect_error(use_awaitable, ended)));
    co_return text;
  }

 private:
  asio::ip::tcp::socket socket_;
  std::unique_ptr<tls_client> tls_;
  std::string heard_;
};

std::string answered(std::uint64_t cookie) {
  return big<std::uint32_t>(0x67446698) + big<std::uint32_t>(0) + big(cookie);
}

// A whole client: true when the disk served it.
awaitable<bool> is_served(served_with_tls& where, signed_pair const& ours) {
  peer one(co_await asio::this_coro::executor, where.port());
  bool const open = co_await one.begin_tls(ours);
  if (!open) co_return false;
  co_await one.send(go_option);
  auto const agreed = co_await one.receive(20 + 12 + 20);
  if (agreed.size() < 52) co_return false;
  co_await one.send(raw_request(wire::cmd_flush, 0, 0, 0, 7));
  auto const answer = co_await one.receive(16);
  co_return answer == answered(7);
}

using body = awaitable<void> (*)(served_with_tls&);
void with_port(bool demands, body test) {
  asio::io_context context;
  served_with_tls where(context, demands, real_time());
  auto const whole = [](served_with_tls& what, body run) -> awaitable<void> {
    co_await run(what);
    co_await what.serving.stop();
  };
  run_to_end(context, whole(where, test));
  EXPECT_EQ(where.serving.connections(), 0U);
}

awaitable<void> carries(served_with_tls& where) {
  peer one(co_await asio::this_coro::executor, where.port());
  bool const open = co_await one.begin_tls(nobody);
  EXPECT_TRUE(open) << one.failure();
  co_await one.send(go_option);
  co_await one.receive(52);
  std::string data(2U << 20U, '\0');
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 31 >> 3U);
  co_await one.send(
      raw_request(wire::cmd_write, 512, static_cast<std::uint32_t>(data.size()), 0, 1));
  co_await one.send(data);
  auto const written = co_await one.receive(16);
  EXPECT_EQ(written, answered(1));
  for (std::uint64_t i = 0; i < 8; ++i)
    co_await one.send(
        raw_request(wire::cmd_read, 512, static_cast<std::uint32_t>(data.size()), 0, i));
  // More than the sockets between us hold: the server waits for us, and goes on.
  co_await real_time().sleep_for(20ms);
  for (std::uint64_t i = 0; i < 8; ++i) {
    auto const read = co_await one.receive(16 + data.size());
    EXPECT_TRUE(read == answered(i) + data) << i;
  }
  // Held replies leave on their own.
  EXPECT_TRUE(where.disk->inject("stuck=hold"));
  co_await one.send(raw_request(wire::cmd_flush, 0, 0, 0, 9));
  auto const one_is_held = [&where] { return where.disk->sample().held == 1; };
  co_await soon(one_is_held);
  EXPECT_TRUE(where.disk->release({}));
  auto const released = co_await one.receive(16);
  EXPECT_EQ(released, answered(9));
  where.disk->heal("stuck");
  where.disk->cut_power({});
  auto const cut = co_await one.receive(1);
  EXPECT_EQ(cut, "") << "the connection ends with the power";
}
TEST(port_with_certificates, carries_requests_and_all_that_can_happen_to_them) {
  with_port(false, carries);
}

// The last piece of an answer is sealed while the one before it still fills the socket, at some
// size.
awaitable<void> sends_all(served_with_tls& where) {
  peer one(co_await asio::this_coro::executor, where.port(), 16U << 10U);
  co_await one.begin_tls(nobody);
  co_await one.send(go_option);
  co_await one.receive(52);
  for (std::uint32_t size = 64U << 10U; size < tls_disk_size; size += 60U << 10U) {
    co_await one.send(raw_request(wire::cmd_read, 0, size, 0, size));
    auto const begun = [&where] { return where.disk->sample().in_flight == 0; };
    co_await soon(begun);
    co_await real_time().sleep_for(1ms);
    auto const answer = co_await one.receive(16 + size);
    EXPECT_EQ(answer.size(), 16 + size);
    if (answer.size() != 16 + size) break;
  }
}
TEST(port_with_certificates, sends_all_of_an_answer_that_the_socket_does_not_hold) {
  with_port(false, sends_all);
}

awaitable<void> refuses_plain_clients(served_with_tls& where) {
  for (auto const& option : {go_option, raw_option(3), raw_option(8)}) {
    peer plain(co_await asio::this_coro::executor, where.port());
    auto const answer = co_await plain.greeted(option);
    EXPECT_EQ(answer.substr(12, 4), big<std::uint32_t>(0x80000005));
  }
  peer old(co_await asio::this_coro::executor, where.port());
  co_await old.send(big<std::uint32_t>(3) + raw_option(1, "a-secret"));
  auto const all = co_await old.receive(1000);
  EXPECT_EQ(all.size(), 18U) << "the greeting, and the end";
  co_await until_there_are(where, 0);
}
TEST(port_with_certificates, refuses_who_does_not_begin_tls) {
  with_port(false, refuses_plain_clients);
}

awaitable<void> asks_for_certificates(served_with_tls& where) {
  authority const another;
  auto const ours = root().sign({.alternative = ""});
  auto const theirs = another.sign();
  bool const known = co_await is_served(where, ours);
  bool const strange = co_await is_served(where, theirs);
  bool const none = co_await is_served(where, nobody);
  EXPECT_TRUE(known);
  EXPECT_FALSE(strange);
  EXPECT_FALSE(none);
  peer told(co_await asio::this_coro::executor, where.port());
  co_await told.begin_tls(nobody);
  co_await told.send(go_option);
  co_await told.receive(1);
  EXPECT_THAT(told.failure(), ::testing::HasSubstr("alert")) << "it hears why";
}
TEST(port_with_certificates, lets_nobody_in_without_one_of_its_authority) {
  with_port(true, asks_for_certificates);
}

awaitable<void> survives_what_comes(served_with_tls& where) {
  auto const executor = co_await asio::this_coro::executor;
  {
    // What was said before the answer is nobody's, even if it is right.
    auto const began = real_time().now();
    peer early(executor, where.port());
    co_await early.send(big<std::uint32_t>(3) + raw_option(5) + go_option);
    auto const all = co_await early.receive(1000);
    EXPECT_EQ(all.size(), 18U + 20U) << "the greeting, the leave to begin, and the end";
    EXPECT_LT(real_time().now() - began, 5s) << "at once";
  }
  {
    peer wild(executor, where.port());
    co_await wild.greeted(raw_option(5));
    co_await wild.send(std::string(1000, 'x'));
    auto const all = co_await wild.receive(1000);
    EXPECT_LT(all.size(), 100U) << "no more than an alert";
  }
  tls_client client(root().certificate());
  client.shake_hands();
  auto const hello = client.to_send();
  for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{5}, hello.size() / 2,
                                 hello.size() - 1, hello.size()}) {
    peer cut(executor, where.port());
    co_await cut.greeted(raw_option(5));
    co_await cut.send(hello.substr(0, size));
    cut.cut();
  }
  co_await until_there_are(where, 0);
  bool const good = co_await is_served(where, nobody);
  EXPECT_TRUE(good);
}
TEST(port_with_certificates, survives_garbage_and_clients_that_go_in_the_middle) {
  with_port(false, survives_what_comes);
}

awaitable<void> makes_room(served_with_tls& where) {
  auto const executor = co_await asio::this_coro::executor;
  std::vector<std::unique_ptr<peer>> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(std::make_unique<peer>(executor, where.port()));
  co_await until_there_are(where, 16);
  bool const good = co_await is_served(where, nobody);
  EXPECT_TRUE(good) << "strangers do not keep a client out";
  auto const greeting = co_await silent.front()->receive(1000);
  EXPECT_EQ(greeting.size(), 18U) << "the oldest made room";
}
TEST(port_with_certificates, has_room_for_so_many_strangers_and_the_oldest_goes) {
  with_port(false, makes_room);
}

awaitable<void> waits_so_long(served_with_tls& where, loop::manual_clock& time) {
  auto const executor = co_await asio::this_coro::executor;
  peer silent(executor, where.port());
  peer halfway(executor, where.port());
  co_await halfway.greeted(raw_option(5));
  co_await halfway.send("\x16\x03\x01");
  peer client(executor, where.port());
  bool const open = co_await client.begin_tls(nobody);
  EXPECT_TRUE(open);
  co_await client.send(go_option);
  co_await client.receive(52);
  co_await until_there_are(where, 3);
  time.advance(9s);
  co_await real_time().sleep_for(5ms);
  EXPECT_EQ(where.serving.connections(), 3U);
  time.advance(1s);
  co_await until_there_are(where, 1);
  co_await client.send(raw_request(wire::cmd_flush, 0, 0, 0, 7));
  auto const answer = co_await client.receive(16);
  EXPECT_EQ(answer, answered(7)) << "who has shown what it may is not hurried";
  co_await where.serving.stop();
}
TEST(port_with_certificates, a_client_that_says_nothing_is_not_waited_for) {
  asio::io_context context;
  loop::manual_clock time(context.get_executor());
  served_with_tls where(context, false, time);
  run_to_end(context, waits_so_long(where, time));
}

}  // namespace
}  // namespace wedgehog::nbd
