#include "qmp/session.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <cstring>

#include "loop/nursery.hpp"

namespace wedgehog::qmp {

using boost::system::error_code;

event event_box::gap_or(event taken) {
  auto const missed = events_.take_dropped();
  if (missed == 0) return taken;
  event gap;
  gap.missed = missed;
  gap.qemu_time = taken.qemu_time;
  gap.arrived = taken.arrived;
  after_gap_ = std::move(taken);
  return gap;
}

std::optional<event> event_box::take() {
  if (after_gap_) return std::exchange(after_gap_, std::nullopt);
  auto taken = events_.take();
  if (taken) return gap_or(std::move(*taken));
  return std::nullopt;
}

loop::awaitable<std::optional<event>> event_box::next() {
  if (after_gap_) co_return std::exchange(after_gap_, std::nullopt);
  auto taken = co_await events_.receive();
  if (taken) co_return gap_or(std::move(*taken));
  co_return std::nullopt;
}

session::session(socket connected, loop::clock& time, client_options const& options)
    : executor_(connected.get_executor()),
      time_(time),
      socket_(std::move(connected)),
      dialogue_({.wants_oob = options.wants_oob, .line_limit = options.line_limit}),
      options_(options),
      input_(std::size_t{64} * 1024),
      first_box_(std::make_shared<event_box>(executor_, options.events_kept)) {
  listeners_.push_back(first_box_);
}

void session::start() {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  read();
}

void session::read() {
  auto arrived = [self = shared_from_this()](error_code failure, std::size_t size) {
    auto& dialogue = self->dialogue_;
    if (failure == asio::error::operation_aborted) return;
    if (!failure)
      dialogue.received({self->input_.data(), size});
    else if (failure == asio::error::eof || failure == asio::error::connection_reset)
      dialogue.closed_by_peer();
    else
      dialogue.ended("reading from QEMU's monitor: " + failure.message());
    self->pump();
    if (!dialogue.failure()) self->read();
  };
  socket_.async_read_some(asio::buffer(input_), std::move(arrived));
}

void session::pump() {
  while (auto what = dialogue_.next()) perform_action(std::move(*what));
  flush();
}

void session::perform_action(action&& what) {
  if (auto* bytes = std::get_if<send>(&what)) {
    auto const carried = descriptors_.find(bytes->whose);
    output_.push_back({std::move(bytes->bytes), 0, descriptor()});
    if (carried == descriptors_.end()) return;
    output_.back().carried = std::move(carried->second);
    descriptors_.erase(carried);
  } else if (auto* end = std::get_if<finished>(&what)) {
    finish(end->whose, std::move(end->outcome));
  } else if (auto* news = std::get_if<announce>(&what)) {
    news->what.arrived = time_.now();
    std::erase_if(listeners_, [](auto const& one) { return one.expired(); });
    for (auto const& one : listeners_)
      if (auto box = one.lock()) box->push(news->what);
  } else {
    for (auto const& one : listeners_)
      if (auto box = one.lock()) box->close();
    output_.clear();
    descriptors_.clear();
    error_code ignored;
    socket_.close(ignored);
    if (alarm_) alarm_->off.emit(asio::cancellation_type::terminal);
  }
}

// One sendmsg, so that a descriptor goes with the first byte of its own command.
bool session::write_some(chunk& next, int& error_number) {
  iovec part{next.bytes.data() + next.written, next.bytes.size() - next.written};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (next.carried) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    auto* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    int const number = next.carried.get();
    std::memcpy(CMSG_DATA(rights), &number, sizeof number);
  }
  ssize_t written = 0;
  do written = ::sendmsg(socket_.native_handle(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (written < 0 && errno == EINTR);
  error_number = written < 0 ? errno : 0;
  if (written < 0) return false;
  next.written += static_cast<std::size_t>(written);
  next.carried = descriptor();
  return true;
}

void session::flush() {
  while (!output_.empty() && !awaiting_room_) {
    int error_number = 0;
    auto& next = output_.front();
    if (write_some(next, error_number)) {
      if (next.written == next.bytes.size()) output_.pop_front();
      continue;
    }
    if (error_number == EAGAIN || error_number == EWOULDBLOCK) {
      awaiting_room_ = true;
      auto room = [self = shared_from_this()](error_code failure) {
        self->awaiting_room_ = false;
        if (!failure) self->flush();
      };
      socket_.async_wait(socket::wait_write, std::move(room));
    } else if (error_number == EPIPE || error_number == ECONNRESET) {
      // Gone, but what it said last is still to be read: the reader finds the end after it.
      output_.clear();
    } else {
      output_.clear();
      dialogue_.ended(system_failure("writing to QEMU's monitor", error_number).what());
      while (auto what = dialogue_.next()) perform_action(std::move(*what));
    }
  }
}

void session::shut(std::string cause) {
  dialogue_.ended(std::move(cause));
  pump();
}

std::shared_ptr<event_box> session::listen() {
  if (first_box_) return std::exchange(first_box_, nullptr);
  auto box = std::make_shared<event_box>(executor_, options_.events_kept);
  if (dialogue_.failure())
    box->close();
  else
    listeners_.push_back(box);
  return box;
}

void session::finish(ticket whose, result<json::value> outcome) {
  auto const found = waiters_.find(whose);
  if (found == waiters_.end()) return;
  found->second->outcome = std::move(outcome);
  found->second->bell.cancel();
}

// Enrols a waiter for as long as its coroutine lives, however that ends.
class session::waiting {
 public:
  waiting(session& owner, ticket whose, waiter& who) : owner_(owner), whose_(whose) {
    owner_.waiters_[whose] = &who;
  }
  waiting(waiting const&) = delete;
  waiting& operator=(waiting const&) = delete;
  ~waiting() {
    auto const found = owner_.waiters_.find(whose_);
    bool const answered = found->second->outcome.has_value();
    owner_.waiters_.erase(found);
    owner_.descriptors_.erase(whose_);
    if (!answered) owner_.dialogue_.forget(whose_);
  }

 private:
  session& owner_;
  ticket whose_;
};

loop::awaitable<result<json::value>> session::await_outcome(std::shared_ptr<session> self,
                                                            ticket whose, loop::duration limit) {
  waiter mine(self->executor_);
  mine.limit = limit;
  auto const now = self->time_.now();
  auto const longest = loop::time_point::max() - now;
  mine.deadline = limit < longest ? now + limit : loop::time_point::max();
  waiting const enrolled(*self, whose, mine);
  self->set_alarm();
  self->pump();
  while (!mine.outcome) {
    [[maybe_unused]] auto [ignored] =
        co_await mine.bell.async_wait(asio::as_tuple(asio::use_awaitable));
    if (mine.outcome) break;
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
  co_return std::move(*mine.outcome);
}

loop::awaitable<result<json::value>> session::negotiated(std::shared_ptr<session> self,
                                                         loop::duration limit) {
  return await_outcome(std::move(self), dialogue::negotiation, limit);
}

loop::awaitable<result<json::value>> session::perform(std::shared_ptr<session> self, command what,
                                                      descriptor carried, loop::duration limit) {
  if (what.carries_descriptor && !carried)
    co_return host_error(what.name + " was given a descriptor that is not open");
  bool const carries = what.carries_descriptor;
  auto const whose = self->dialogue_.ask(std::move(what));
  if (carries) self->descriptors_[whose] = std::move(carried);
  co_return co_await await_outcome(self, whose, limit);
}

void session::set_alarm() {
  if (waiters_.empty() || dialogue_.failure()) return;
  auto earliest = loop::time_point::max();
  for (auto const& [whose, who] : waiters_)
    if (!who->outcome) earliest = std::min(earliest, who->deadline);
  if (earliest == loop::time_point::max()) return;
  if (alarm_) {
    // The sleep that ends sets the next one.
    if (earliest < alarm_->rings) alarm_->off.emit(asio::cancellation_type::terminal);
    return;
  }
  alarm_ = std::make_shared<alarm>();
  alarm_->rings = earliest;
  auto rang = [self = shared_from_this(), mine = alarm_](std::exception_ptr thrown) {
    self->alarm_.reset();
    if (thrown && !loop::is_cancellation(thrown)) std::rethrow_exception(thrown);
    // The clock has to live only as long as the session does.
    if (self->dialogue_.failure()) return;
    self->expire();
    self->set_alarm();
  };
  asio::co_spawn(executor_, sleep(shared_from_this(), earliest),
                 asio::bind_cancellation_slot(alarm_->off.slot(), std::move(rang)));
}

loop::awaitable<void> session::sleep(std::shared_ptr<session> self, loop::time_point until) {
  if (!self->dialogue_.failure()) co_await self->time_.sleep_until(until);
}

void session::expire() {
  auto const now = time_.now();
  for (auto const& [whose, who] : waiters_) {
    if (who->outcome || who->deadline > now) continue;
    auto const limit = std::chrono::duration_cast<microseconds>(who->limit);
    auto late = dialogue_.overdue(whose, limit);
    dialogue_.forget(whose);
    descriptors_.erase(whose);
    finish(whose, std::move(late));
  }
}

}  // namespace wedgehog::qmp
