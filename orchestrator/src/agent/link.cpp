#include "agent/link.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>

#include "base/ensure.hpp"
#include "loop/nursery.hpp"
#include "loop/within.hpp"

namespace wedgehog::agent {

namespace {

using namespace std::chrono_literals;
using asio::local::stream_protocol;

constexpr auto tuple_awaitable = asio::as_tuple(asio::use_awaitable);

awaitable<void> throw_if_cancelled() {
  auto const state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

request_id id_from(loop::clock const& time) {
  auto const ticks = time.now().time_since_epoch().count();
  return ticks > 0 ? static_cast<request_id>(ticks) : 1;
}

error refusal(wire::refused const& said) {
  return guest_error("the guest's agent refused: " + said.why.substr(0, 1024));
}

template <class Answer>
bool is(event const& said) {
  return std::holds_alternative<Answer>(said);
}

// Should the word that it was accepted get lost, its end says as much.
bool is_accepted_or_ended(event const& said) {
  return is<wire::accepted>(said) || is<wire::ended>(said);
}

// Of events that answer a question and tell nobody else anything.
std::optional<request_id> request_answered(event const& said) {
  if (auto const* accepted = std::get_if<wire::accepted>(&said)) return accepted->request;
  if (auto const* echoed = std::get_if<wire::echoed>(&said)) return echoed->request;
  if (auto const* hog = std::get_if<wire::hog_state>(&said)) return hog->request;
  return std::nullopt;
}

}  // namespace

// A waiter that is known to the link for as long as this lives.
class link::place {
 public:
  place(link& owner, request_id request, output_sink on_output = {})
      : request(request),
        waits(std::make_shared<waiter>(owner.socket_.get_executor())),
        owner_(owner),
        among_(owner.waiters_.emplace(request, waits)) {
    waits->on_output = std::move(on_output);
  }
  place(place const&) = delete;
  place& operator=(place const&) = delete;
  ~place() {
    owner_.waiters_.erase(among_);
    if (!owner_.waiters_.contains(request)) owner_.dialogue_.forget(request);
  }

  request_id const request;
  std::shared_ptr<waiter> const waits;

 private:
  link& owner_;
  std::multimap<request_id, std::shared_ptr<waiter>>::iterator among_;
};

link::link(stream_protocol::socket connected, loop::clock& time, link_options options)
    : socket_(std::move(connected)),
      time_(time),
      options_(std::move(options)),
      dialogue_(options_.first_request != 0 ? options_.first_request : id_from(time)),
      unsent_(socket_.get_executor(), 1),
      greetings_(socket_.get_executor(), 16) {}

link::~link() {
  ensure(waiters_.empty(), "a link to an agent was destroyed while somebody waited on it");
}

awaitable<result<std::unique_ptr<link>>> link::connect(asio::any_io_executor executor,
                                                       loop::clock& time, std::string path,
                                                       link_options options) {
  auto const deadline = time.now() + options.connect_limit;
  if (path.size() >= sizeof(sockaddr_un{}.sun_path))
    co_return host_error("the path of the agent's socket is too long: " + path);
  stream_protocol::endpoint const endpoint(path);
  for (;;) {
    stream_protocol::socket socket(executor);
    auto [failure] = co_await socket.async_connect(endpoint, tuple_awaitable);
    if (!failure) co_return std::make_unique<link>(std::move(socket), time, std::move(options));
    co_await throw_if_cancelled();
    if (time.now() >= deadline)
      co_return system_failure("connecting to the guest agent's line " + path, failure.value());
    co_await time.sleep_for(50ms);
  }
}

awaitable<void> link::serve() {
  loop::nursery inner(co_await asio::this_coro::executor);
  inner.spawn(write());
  inner.spawn(repeat());
  std::exception_ptr thrown;
  try {
    co_await read();
  } catch (...) {
    thrown = std::current_exception();
  }
  close();
  co_await inner.stop();
  if (thrown) std::rethrow_exception(thrown);
}

void link::close() {
  if (closed_) return;
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  unsent_.close();
  greetings_.close();
  for (auto& [request, waiting] : waiters_) waiting->answers.close();
}

awaitable<void> link::read() {
  std::array<char, 65536> bytes;
  auto const on_event = [this](event const& said) { take(said); };
  while (!closed_) {
    auto [failure, count] = co_await socket_.async_read_some(asio::buffer(bytes), tuple_awaitable);
    co_await throw_if_cancelled();
    if (failure) co_return;
    dialogue_.receive({bytes.data(), count}, on_event);
    wake_writer();
  }
}

awaitable<void> link::write() {
  for (;;) {
    auto const woken = co_await unsent_.receive();
    if (!woken) co_return;
    auto const bytes = dialogue_.take_outgoing();
    auto const unsent = asio::buffer(bytes);
    auto [failure, count] = co_await asio::async_write(socket_, unsent, tuple_awaitable);
    co_await throw_if_cancelled();
    if (failure) co_return close();
  }
}

awaitable<void> link::repeat() {
  for (;;) {
    co_await time_.sleep_for(1s);
    dialogue_.tick(time_.now());
    wake_writer();
  }
}

void link::wake_writer() {
  if (dialogue_.has_outgoing()) unsent_.push(true);
}

// ---- events ----

bool link::tell_waiters(request_id request, event const& said) {
  auto const [first, last] = waiters_.equal_range(request);
  for (auto waiting = first; waiting != last; ++waiting) waiting->second->answers.push(said);
  return first != last;
}

bool link::take_output(wire::output const& piece) {
  bool taken = false;
  auto const [first, last] = waiters_.equal_range(piece.request);
  for (auto waiting = first; waiting != last; ++waiting) {
    if (!waiting->second->on_output) continue;
    waiting->second->on_output(piece);
    taken = true;
  }
  return taken;
}

void link::take(event const& said) {
  bool for_listener = true;
  if (std::holds_alternative<wire::hello>(said) || std::holds_alternative<incompatible>(said)) {
    greetings_.push(said);
  } else if (auto const* output = std::get_if<wire::output>(&said)) {
    for_listener = !take_output(*output);
  } else if (auto const* ended = std::get_if<wire::ended>(&said)) {
    tell_waiters(ended->request, said);
  } else if (auto const* refused = std::get_if<wire::refused>(&said)) {
    for_listener = !tell_waiters(refused->request, said);
  } else if (std::holds_alternative<restarted>(said)) {
    for (auto& [request, waiting] : waiters_) waiting->answers.push(said);
  } else if (auto const request = request_answered(said)) {
    tell_waiters(*request, said);
    for_listener = false;
  }
  if (for_listener && options_.on_event) options_.on_event(said);
}

// ---- requests ----

error link::silence(duration limit) const {
  auto const waited = describe_duration(std::chrono::duration_cast<microseconds>(limit));
  if (closed_)
    return host_error("the guest agent's line is closed: QEMU is gone or was told to quit");
  return guest_error(fmt::format("the guest's agent did not answer within {}", waited));
}

awaitable<result<wire::hello>> link::greet(duration limit) {
  while (greetings_.take()) {
  }
  dialogue_.greet(time_.now());
  wake_writer();
  auto const said = co_await loop::within(time_, limit, greetings_.receive());
  if (!said || !*said) {
    auto failure = silence(limit);
    if (closed_) co_return failure;
    co_return guest_error(failure.what() + ": " + dialogue_.describe_silence());
  }
  if (auto const* hello = std::get_if<wire::hello>(&**said)) co_return *hello;
  co_return host_error(std::get<incompatible>(**said).why);
}

awaitable<result<link::answer>> link::await_answer(place const& kept, duration limit,
                                                   answering answers) {
  wake_writer();
  auto const deadline = time_.now() + limit;
  for (;;) {
    auto const left = deadline - time_.now();
    auto const came = co_await loop::within(time_, left, kept.waits->answers.receive());
    if (!came || !*came) co_return silence(limit);
    auto const& said = **came;
    if (auto const* refused = std::get_if<wire::refused>(&said)) co_return refusal(*refused);
    if (std::holds_alternative<restarted>(said))
      co_return guest_error("the guest's agent was restarted: what it had been asked is lost");
    if (answers(said)) co_return answer{kept.request, said};
  }
}

template <class Request>
awaitable<result<link::answer>> link::ask(Request request, duration limit, answering answers,
                                          output_sink on_output) {
  if (closed_) co_return silence(limit);
  auto const asked = dialogue_.ask(std::move(request), time_.now());
  if (!asked) co_return asked.error();
  place const kept(*this, *asked, std::move(on_output));
  co_return co_await await_answer(kept, limit, answers);
}

template <class Request>
awaitable<result<wire::ended>> link::until_ended(Request request, duration limit,
                                                 output_sink on_output) {
  auto const said = co_await ask(std::move(request), limit, is<wire::ended>, std::move(on_output));
  if (!said) co_return said.error();
  co_return std::get<wire::ended>(said->said);
}

template <class Request>
awaitable<result<request_id>> link::until_accepted(Request request, duration limit) {
  auto const said = co_await ask(std::move(request), limit, is_accepted_or_ended);
  if (!said) co_return said.error();
  co_return said->request;
}

awaitable<result<wire::ended>> link::wait_for_end(request_id started, duration limit) {
  if (closed_) co_return silence(limit);
  place const kept(*this, started);
  dialogue_.follow(started, time_.now());
  auto const said = co_await await_answer(kept, limit, is<wire::ended>);
  if (!said) co_return said.error();
  co_return std::get<wire::ended>(said->said);
}

awaitable<result<duration>> link::echo(std::string payload, duration limit) {
  wire::echo request;
  request.payload = payload;
  auto const began = time_.now();
  auto const said = co_await ask(std::move(request), limit, is<wire::echoed>);
  if (!said) co_return said.error();
  if (std::get<wire::echoed>(said->said).payload != payload)
    co_return guest_error("the guest's agent echoed something else than it was sent");
  co_return time_.now() - began;
}

awaitable<result<wire::ended>> link::run(wire::exec request, duration limit,
                                         output_sink on_output) {
  return until_ended(std::move(request), limit, std::move(on_output));
}
awaitable<result<request_id>> link::start_workload(wire::start_workload request, duration limit) {
  return until_accepted(std::move(request), limit);
}
awaitable<result<wire::ended>> link::stop_workload(wire::stop_workload request, duration limit) {
  return until_ended(std::move(request), limit);
}
awaitable<result<request_id>> link::start_canary(wire::start_canary request, duration limit) {
  return until_accepted(std::move(request), limit);
}
awaitable<result<wire::ended>> link::stop_canary(wire::stop_canary request, duration limit) {
  return until_ended(std::move(request), limit);
}
awaitable<result<wire::ended>> link::collect(wire::collect request, duration limit,
                                             output_sink on_output) {
  request.may_pack = true;  // dialogue unpacks
  return until_ended(std::move(request), limit, std::move(on_output));
}
awaitable<result<request_id>> link::power(wire::power request, duration limit) {
  return until_accepted(std::move(request), limit);
}
awaitable<result<wire::ended>> link::write_file(wire::write_file request, duration limit) {
  return until_ended(std::move(request), limit);
}
awaitable<result<wire::ended>> link::press_sysrq(char key, duration limit) {
  wire::sysrq request;
  request.key = static_cast<std::uint8_t>(key);
  return until_ended(std::move(request), limit);
}
awaitable<result<request_id>> link::start_hog(wire::start_hog request, duration limit) {
  return until_accepted(std::move(request), limit);
}
awaitable<result<wire::ended>> link::stop_hog(duration limit) {
  return until_ended(wire::stop_hog{}, limit);
}
awaitable<result<wire::hog_state>> link::ask_hog(duration limit) {
  auto const said = co_await ask(wire::ask_hog{}, limit, is<wire::hog_state>);
  if (!said) co_return said.error();
  co_return std::get<wire::hog_state>(said->said);
}
awaitable<result<wire::ended>> link::step_clock(wire::step_clock request, duration limit) {
  return until_ended(std::move(request), limit);
}
awaitable<result<wire::ended>> link::become_another(wire::become_another request, duration limit,
                                                    output_sink on_output) {
  return until_ended(std::move(request), limit, std::move(on_output));
}
awaitable<result<request_id>> link::signal(wire::signal request, duration limit) {
  return until_accepted(std::move(request), limit);
}

}  // namespace wedgehog::agent
