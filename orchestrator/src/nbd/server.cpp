#include "nbd/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <set>

#include "base/ensure.hpp"
#include "loop/mailbox.hpp"
#include "loop/nursery.hpp"
#include "loop/within.hpp"
#include "nbd/alarm.hpp"
#include "nbd/client_socket.hpp"
#include "nbd/handshake.hpp"

namespace wedgehog::nbd {
namespace {

namespace asio = loop::asio;
using loop::awaitable;
using socket = listener::socket;

// What is read at once; a larger write makes the buffer grow for as long as it is needed.
constexpr std::size_t read_size = 256U << 10U;
// More than this is sent off in the middle of a batch: the client begins on it while we go on, and
// what we write stays in the processor's cache.
constexpr std::size_t early_flush = 64U << 10U;
// A client that does not read its replies, or that has this much in flight, is not read from until
// that changes: the memory that a client can make us keep is bounded.
constexpr std::size_t most_unsent = 8U << 20U;
constexpr std::uint64_t most_in_flight = 16384;
constexpr std::uint64_t most_kept = 256U << 20U;

// Whoever reaches a port costs us something until it has shown that it may have the disk: not for
// longer than this, and not more of them at once; the oldest makes room. A real client needs
// milliseconds.
constexpr auto patience_with_strangers = std::chrono::seconds(10);
constexpr std::size_t most_strangers = 16;

export_facts facts_of(fault_disk const& disk, place const& where) {
  export_facts facts{.name = disk.name(), .size = disk.size(), .read_only = disk.read_only()};
  if (auto const* const port = std::get_if<tcp_place>(&where)) {
    facts.secret = port->export_name;
    facts.demands_tls = port->certificates != nullptr;
  }
  return facts;
}

}  // namespace

struct server::state {
  state(asio::any_io_executor where, loop::clock& clock, fault_disk& served)
      : executor(std::move(where)),
        time(clock),
        disk(served),
        presence(executor, 1),
        children(executor),
        wake(executor, time, [this] { settle(); }) {}

  awaitable<void> accept_clients();
  awaitable<void> listen_while_present();
  void settle();
  void settle_soon();
  void meet(connection& stranger);

  asio::any_io_executor executor;
  loop::clock& time;
  fault_disk& disk;
  std::optional<listener> door;
  loop::mailbox<bool> presence;  // something happened that accept_clients must look at
  loop::nursery children;
  alarm wake;
  std::set<connection*> connections;
  std::vector<connection*> unsent;     // answered outside their own batch
  std::vector<connection*> strangers;  // at a port, the oldest first
  bool settling_soon = false;
  bool started = false;
  bool stopped = false;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

struct server::connection final : client {
  connection(state& where, socket connected)
      : server_(where),
        socket_(std::move(connected)),
        progress_(where.executor, 1),
        born_(where.disk.epoch()) {
    server_.connections.insert(this);
  }
  ~connection() override {
    server_.connections.erase(this);
    std::erase(server_.unsent, this);
    std::erase(server_.strangers, this);
  }

  std::span<std::byte> begin_read(request const& what) override {
    begun_at_ = out_.size();
    append_read_header(out_, what, agreed_.structured);
    return {out_.append(what.length), what.length};
  }
  void finish_read(request const& what, int error) override {
    if (error != 0) {
      out_.truncate(begun_at_);
      append_failure(what, error);
    }
    answered();
  }
  void answer(request const& what, int error) override {
    append_failure(what, error);
    answered();
  }
  void answer_status(request const& what, std::span<extent const> extents) override {
    append_status(out_, what.cookie, extents);
    answered();
  }

  static awaitable<void> live(std::unique_ptr<connection> self) {
    if (co_await self->is_let_in()) {
      self->server_.disk.attach(*self);
      self->attached_ = true;
      std::exception_ptr thrown;
      try {
        co_await self->transmit();
      } catch (...) {
        thrown = std::current_exception();
      }
      self->server_.disk.detach(*self);
      if (thrown) std::rethrow_exception(thrown);
    }
  }

  // Sends what it can without waiting; the rest follows when the client reads.
  void send() {
    boost::system::error_code failed;
    while ((!out_.empty() || socket_.holds_back()) && !sending_ && !broken_) {
      auto const sent = socket_.write_some(out_.view(), failed);
      out_.consume(sent);
      if (failed == asio::error::would_block || failed == asio::error::try_again) {
        send_when_writable();
        return;
      }
      if (failed) drop();
    }
    if (out_.empty()) {
      out_.shrink(most_unsent);
      ring();
    }
  }
  // Whoever waits for replies to leave looks again.
  void ring() {
    if (waits_) progress_.push(true);
  }
  void drop() {
    if (std::exchange(broken_, true)) return;
    socket_.shut_down();
    ring();
  }

 private:
  void append_failure(request const& what, int error) {
    bool const chunked = agreed_.structured && error != 0 &&
                         (what.what == operation::read || what.what == operation::status);
    if (chunked)
      append_error_chunk(out_, what.cookie, error, error_name(error));
    else
      append_simple_reply(out_, what.cookie, error);
  }
  void answered() {
    if (out_.size() > early_flush) send();
    if (in_batch_ || listed_) return;
    listed_ = true;
    server_.unsent.push_back(this);
    server_.settle_soon();
  }
  void send_when_writable();

  awaitable<void> progress() {
    waits_ = true;
    co_await progress_.receive();
    waits_ = false;
  }

  awaitable<bool> read_more(std::size_t needed) {
    auto const room = in_.room(std::max(needed > in_.size() ? needed - in_.size() : 0, read_size));
    boost::system::error_code failed;
    auto const got = co_await socket_.read_some(room, failed);
    if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
    if (failed || broken_) co_return false;
    in_.commit(got);
    co_return true;
  }

  awaitable<bool> is_let_in() {
    if (!std::holds_alternative<tcp_place>(server_.door->where())) co_return co_await negotiate();
    server_.meet(*this);
    auto const known =
        co_await loop::within<bool>(server_.time, patience_with_strangers, negotiate());
    std::erase(server_.strangers, this);
    co_return known.value_or(false);
  }

  awaitable<bool> negotiate() {
    handshake talk(facts_of(server_.disk, server_.door->where()));
    handshake::greet(out_);
    send();
    while (talk.state() == handshake::phase::negotiating) {
      if (!co_await read_more(0)) co_return false;
      in_.consume(talk.take(in_.view(), out_));
      send();
      // Answers that nobody reads are not piled up.
      while (!out_.empty() && !broken_) co_await progress();
      if (talk.state() == handshake::phase::tls && !co_await secure(talk)) co_return false;
    }
    agreed_ = talk.agreed();
    co_return talk.state() == handshake::phase::transmission;
  }

  // What came before it was told to begin could be anybody's, and is not taken for the client's.
  awaitable<bool> secure(handshake& talk) {
    if (!in_.empty() || broken_) co_return false;
    auto const& port = std::get<tcp_place>(server_.door->where());
    if (auto const begun = co_await socket_.begin_tls(*port.certificates); !begun) co_return false;
    talk.secured();
    co_return true;
  }

  awaitable<void> transmit() {
    std::size_t needed = 0;
    for (;;) {
      // Yielding the processor to whoever is in the middle of sending a request would serve a
      // client on our own core faster (1.25x) and one on another core 15 times slower, as soon as a
      // third computes on ours.
      if (needed == 0 || in_.size() < needed)
        if (!co_await read_more(needed)) co_return;
      in_batch_ = true;
      bool const goes_on = serve_batch(needed);
      in_batch_ = false;
      send();
      server_.settle();
      if (!goes_on) co_return;
      while (overloaded() && !broken_) co_await progress();
      if (broken_) co_return;
    }
  }

  [[nodiscard]] bool overloaded() const {
    return out_.size() > most_unsent || in_flight() > most_in_flight || kept_bytes() > most_kept;
  }

  // Every whole request in the buffer. `needed`: bytes that the next one needs; 0: none began, or
  // there is something to do without reading. False: the connection ends.
  bool serve_batch(std::size_t& needed) {
    auto const now = server_.time.now();
    needed = 0;
    for (;;) {
      if (skip_ > 0) {
        auto const count = std::min<std::uint64_t>(skip_, in_.size());
        in_.consume(count);
        skip_ -= count;
        if (skip_ > 0) return true;
      }
      if (in_.empty()) {
        in_.shrink(4 * read_size);
        return true;
      }
      if (overloaded()) {
        needed = 1;  // look again at what is there
        return true;
      }
      auto const one = read_request(in_.view(), agreed_);
      switch (one.kind) {
        case arrival::incomplete:
          needed = one.needed;
          return true;
        case arrival::disconnect:
        case arrival::unreadable:
          return false;
        case arrival::refused:
          answer(one.what, one.error);
          server_.disk.refused();
          skip_ = one.skip;
          break;
        case arrival::request: {
          auto const payload =
              in_.view().subspan(wire::request_size, one.used - wire::request_size);
          server_.disk.submit(*this, one.what, payload, now);
          break;
        }
      }
      in_.consume(one.used);
      if (broken_) return false;
    }
  }

  friend struct server::state;
  state& server_;
  client_socket socket_;
  byte_buffer in_;
  byte_buffer out_;
  agreement agreed_;
  loop::mailbox<bool> progress_;
  std::uint64_t born_;  // the disk's epoch then
  std::size_t begun_at_ = 0;
  std::uint64_t skip_ = 0;
  bool attached_ = false;
  bool in_batch_ = false;
  bool listed_ = false;
  bool waits_ = false;
  bool sending_ = false;
  bool broken_ = false;
  std::shared_ptr<connection*> myself_ = std::make_shared<connection*>(this);
};

void server::connection::send_when_writable() {
  sending_ = true;
  socket_.when_writable(
      [alive = std::weak_ptr<connection*>(myself_)](boost::system::error_code failed) {
        auto const self = alive.lock();
        if (!self) return;
        (*self)->sending_ = false;
        if (failed) return (*self)->drop();
        (*self)->send();
      });
}

void server::state::meet(connection& stranger) {
  strangers.push_back(&stranger);
  if (strangers.size() <= most_strangers) return;
  strangers.front()->drop();
  strangers.erase(strangers.begin());
}

// Everything that is due: answers whose time has come, replies to send, the next wake-up.
void server::state::settle() {
  settling_soon = false;
  if (stopped) return;
  disk.advance(time.now());
  settling_soon = true;  // what is answered here is sent here
  for (std::size_t i = 0; i < unsent.size(); ++i) {
    unsent[i]->listed_ = false;
    unsent[i]->send();
    unsent[i]->ring();
  }
  unsent.clear();
  settling_soon = false;
  if (auto const next = disk.next_deadline()) wake.set(*next);
  bool const gone = !disk.present();
  for (auto* one : connections)
    if (one->born_ != disk.epoch()) one->drop();
  if (gone == door->is_open()) presence.push(true);
}

void server::state::settle_soon() {
  if (settling_soon || stopped) return;
  settling_soon = true;
  asio::post(executor, [this, still = std::weak_ptr<bool>(alive)] {
    if (!still.expired()) settle();
  });
}

awaitable<void> server::state::accept_clients() {
  for (;;) {
    boost::system::error_code failed;
    socket connected = co_await door->accept(failed);
    if (!door->is_open() || failed == asio::error::operation_aborted) co_return;
    if (failed) {
      // Out of descriptors, most likely: let others go on, then try again.
      co_await time.sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    if (!disk.present()) continue;
    children.spawn(connection::live(std::make_unique<connection>(*this, std::move(connected))));
  }
}

// While the disk is gone the socket does not exist, as with a cable that was pulled.
awaitable<void> server::state::listen_while_present() {
  for (;;) {
    if (disk.present() && !door->is_open()) {
      if (auto listening = door->open(); !listening)
        throw std::runtime_error(listening.error().message());
      children.spawn(accept_clients());
    } else if (!disk.present() && door->is_open()) {
      door->close();
    }
    co_await presence.receive();
  }
}

server::server(asio::any_io_executor executor, loop::clock& time, fault_disk& disk)
    : state_(std::make_unique<state>(std::move(executor), time, disk)) {
  disk.on_change([state = state_.get()] { state->settle_soon(); });
}

server::~server() {
  ensure(!state_->started || state_->stopped, "a server is stopped before it is destroyed");
  state_->disk.on_change({});
}

result<void> server::start(place where) {
  ensure(!state_->started, "a server is started once");
  state_->door.emplace(state_->executor, std::move(where));
  if (auto listening = state_->door->open(); !listening) return listening.error();
  state_->started = true;
  state_->children.spawn(state_->accept_clients());
  state_->children.spawn(state_->listen_while_present());
  return {};
}

awaitable<void> server::stop() {
  if (!state_->started || state_->stopped) co_return;
  state_->stopped = true;
  state_->door->close();
  state_->wake.stop();
  co_await state_->children.stop();
}

place const& server::where() const {
  return state_->door->where();
}
std::size_t server::connections() const {
  return state_->connections.size();
}

}  // namespace wedgehog::nbd
