#include "adoption/sitting.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "base/described.hpp"
#include "base/units.hpp"
#include "loop/within.hpp"

namespace wedgehog::adoption {
namespace {

using namespace std::chrono_literals;
using loop::asio::local::stream_protocol;

constexpr auto start_limit = 60s;
constexpr auto line_limit = 10s;
constexpr auto patience = 10s;
constexpr auto answer_limit = 120s;
constexpr std::uint64_t most_of_an_answer = 256U << 10U;  // bytes
constexpr std::size_t words_kept = 8192;
constexpr std::size_t words_shown = 1500;

constexpr std::string_view turned_off = "guest-shutdown";

std::string in_words(loop::duration limit) {
  return describe_duration(std::chrono::duration_cast<microseconds>(limit));
}

}  // namespace

sitting::sitting(loop::asio::any_io_executor const& executor, loop::clock& time,
                 std::unique_ptr<vm::machine> machine)
    : executor_(executor),
      time_(time),
      machine_(std::move(machine)),
      changed_(executor),
      watchers_(executor) {}

loop::awaitable<result<std::unique_ptr<sitting>>> sitting::begin(loop::clock& time,
                                                                 vm::backend& backend,
                                                                 vm::machine_spec const& spec,
                                                                 vm::guest_profile const& guest) {
  auto machine = co_await backend.start(spec, guest, start_limit);
  if (!machine) co_return machine.error();
  auto const executor = co_await loop::asio::this_coro::executor;
  std::unique_ptr<sitting> begun(new sitting(executor, time, std::move(machine.value())));
  begun->watchers_.spawn(begun->watch(begun->machine_->monitor().listen()));
  begun->watchers_.spawn(begun->machine_->console().follow(begun->listen()));
  co_return std::move(begun);
}

microseconds sitting::now() const {
  return std::chrono::duration_cast<microseconds>(time_.now().time_since_epoch());
}

vm::line_cutter::sink sitting::listen() {
  return [this](std::string line, bool partial) {
    if (!partial) line += '\n';
    words_ += line;
    if (words_.size() > words_kept) words_.erase(0, words_.size() - words_kept);
    if (dialogue_) typed_ += dialogue_->hear(line, now());
    changed_.ring();
  };
}

loop::awaitable<void> sitting::watch(qmp::subscription events) {
  while (auto const happened = co_await events.next()) {
    if (happened->name == "GUEST_PANICKED") ended_ = "its kernel panicked";
    if (happened->name == "SHUTDOWN") ended_ = text_at(happened->data, "reason");
    changed_.ring();
  }
  if (ended_.empty()) ended_ = "QEMU has gone: " + machine_->last_words();
  changed_.ring();
}

error sitting::told(std::string what) const {
  auto shown = guest::without_cursor_moves(words_);
  if (shown.size() > words_shown) shown = "…" + shown.substr(shown.size() - words_shown);
  while (!shown.empty() && shown.back() == '\n') shown.pop_back();
  return guest_error(fmt::format("{}\nThe console's last words:\n{}", std::move(what),
                                 shown.empty() ? "(none)" : shown));
}

loop::awaitable<result<void>> sitting::type(std::string text) {
  vm::serial_console::typing const work = [&text](vm::keyboard& keys) { return keys.write(text); };
  co_return co_await machine_->console().type(work);
}

loop::awaitable<result<void>> sitting::talk(guest::talk_plan plan) {
  dialogue_.emplace(std::move(plan), now());
  typed_ = dialogue_->look(now());
  for (;;) {
    if (!typed_.empty()) {
      if (auto const sent = co_await type(std::exchange(typed_, {})); !sent) co_return sent;
      continue;
    }
    if (dialogue_->done()) break;
    if (auto const& why = dialogue_->failure()) co_return told(*why);
    if (!ended_.empty()) co_return told(fmt::format("the guest ended ({})", ended_));
    auto const until = dialogue_->next_look().value_or(now());
    co_await loop::within(time_, std::max<microseconds>(until - now(), 0us), changed_.wait());
    typed_ += dialogue_->look(now());
  }
  dialogue_.reset();
  co_return result<void>();
}

loop::awaitable<result<wire::hello>> sitting::until_beat(loop::duration limit) {
  auto const until = time_.now() + limit;
  auto line = co_await machine_->open_agent_line(line_limit);
  if (!line) co_return line.error();
  agent::link_options options;
  options.on_event = [this](agent::event const& one) {
    if (!std::holds_alternative<wire::beat>(one)) return;
    beaten_ = true;
    changed_.ring();
  };
  stream_protocol::socket connected(executor_, stream_protocol(), line.value().release());
  agent_ = std::make_unique<agent::link>(std::move(connected), time_, std::move(options));
  watchers_.spawn(agent_->serve());
  auto const hello = co_await agent_->greet(limit);
  if (!hello) co_return told("the agent did not come up: " + hello.error().message());
  while (!beaten_ && ended_.empty() && time_.now() < until)
    co_await loop::within(time_, until - time_.now(), changed_.wait());
  if (beaten_) co_return hello;
  co_return told(fmt::format("the agent answered, but did not beat within {}", in_words(limit)));
}

loop::awaitable<void> sitting::tell_agent(std::string script) {
  wire::exec asked;
  asked.script = std::move(script);
  // It may be gone before it can answer: the machine's end tells.
  [[maybe_unused]] auto const ignored = co_await agent_->run(std::move(asked), patience);
}

loop::awaitable<std::optional<std::string>> sitting::ask_agent(std::string script) {
  wire::exec asked;
  asked.script = std::move(script);
  asked.deadline_ms = std::chrono::milliseconds(answer_limit).count() * 3 / 4;
  asked.output_limit = most_of_an_answer;
  std::string said;
  agent::output_sink const keep = [&said](wire::output const& piece) {
    if (piece.stream == wire::output_stream::standard_output) said += piece.bytes;
  };
  auto const ended = co_await agent_->run(std::move(asked), answer_limit, keep);
  if (!ended || ended->signal != 0 || ended->exit_status != 0) co_return std::nullopt;
  co_return said;
}

loop::awaitable<result<void>> sitting::until_off(loop::duration limit) {
  auto const until = time_.now() + limit;
  while (ended_.empty() && time_.now() < until)
    co_await loop::within(time_, until - time_.now(), changed_.wait());
  if (ended_ == turned_off) co_return result<void>();
  if (ended_.empty())
    co_return told(fmt::format("the guest did not turn itself off within {}", in_words(limit)));
  co_return told(fmt::format("the guest did not turn itself off but ended ({})", ended_));
}

loop::awaitable<void> sitting::end() {
  co_await machine_->stop(patience);
  machine_->console().finish([](std::string const&, bool) {});
  if (agent_) agent_->close();
  co_await watchers_.stop();
  machine_->console().close();
}

}  // namespace wedgehog::adoption
