#include "conductor/live_control.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "base/described.hpp"
#include "plan/disk_faults.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

namespace asio = loop::asio;
namespace local = asio::local;
using asio::use_awaitable;

// Whoever writes more in one line does not want to be understood.
constexpr std::size_t longest_line = 64U << 10U;

json::object failure(error const& cause) {
  return {{"ok", false}, {"error", cause.message()}, {"blame", name_of(cause.whose())}};
}

json::object describe(faults::standing const& one) {
  json::object text{{"name", one.what.as}, {"fault", one.what.fault}};
  if (!one.what.disk.empty()) text["disk"] = one.what.disk;
  text["parameters"] = to_json(one.what.parameters);
  text["in_force"] = one.in_force;
  text["hits"] = one.hits;
  return text;
}

loop::awaitable<json::object> list(live_control::controlled_run& controlled) {
  auto const all = co_await controlled.faults.all();
  json::array faults;
  for (auto const& one : all) faults.push_back(describe(one));
  co_return json::object{{"ok", true}, {"run", controlled.run}, {"faults", std::move(faults)}};
}

// A name that is taken: what the recipe's faults hit must not be mixed with what people's hit.
std::string why_not(live_control::controlled_run const& controlled, std::string const& name,
                    std::vector<faults::standing> const& all) {
  for (auto const& one : faults::planned(controlled.plan))
    if (one.as == name)
      return fmt::format("'{}' is a fault of the recipe; give this one another name: NAME=KIND…",
                         name);
  for (auto const& one : all)
    if (one.in_force && one.what.as == name)
      return fmt::format(
          "the fault '{}' is in force already; heal it first, or give this one "
          "another name: NAME=KIND…",
          name);
  return {};
}

loop::awaitable<json::object> inject(live_control::controlled_run& controlled, std::string text) {
  if (!controlled.read) co_return failure(host_error("nothing here can read faults"));
  auto const what = controlled.read(text, controlled.plan.disks);
  if (!what) co_return failure(what.error());
  auto const all = co_await controlled.faults.all();
  if (auto const why = why_not(controlled, what->as, all); !why.empty())
    co_return failure(recipe_error(why));
  if (auto const* const disk = plan::find_disk(controlled.plan, what->disk))
    if (auto const why = plan::why_errors_stop(*what, *disk); !why.empty())
      co_return failure(recipe_error(why));
  if (auto const& closed = controlled.faults.closed(); !closed.empty())
    co_return failure(recipe_error("nothing is injected any more: " + closed));
  controlled.record(timeline::mark(timeline::reached::by_hand, "inject " + text));
  auto const done = co_await controlled.faults.inject(what.value());
  if (!done) co_return failure(done.error());
  co_return json::object{{"ok", true}, {"name", what->as}};
}

loop::awaitable<json::object> heal(live_control::controlled_run& controlled,
                                   json::object const& command) {
  auto const* const everything = command.if_contains("all");
  if (everything != nullptr && everything->is_bool() && everything->get_bool()) {
    controlled.record(timeline::mark(timeline::reached::by_hand, "heal all"));
    co_await controlled.faults.heal_all();
    co_return json::object{{"ok", true}};
  }
  auto const name = text_at(command, "name");
  controlled.record(timeline::mark(timeline::reached::by_hand, "heal " + name));
  auto const healed = co_await controlled.faults.heal(name);
  if (healed) co_return json::object{{"ok", true}, {"name", name}};
  auto const all = co_await controlled.faults.all();
  std::string known;
  for (auto const& one : all)
    if (one.in_force) known += (known.empty() ? "" : ", ") + one.what.as;
  co_return failure(recipe_error(
      fmt::format("{}; in force: {}", healed.error().message(), known.empty() ? "none" : known)));
}

class socket_control final : public live_control {
 public:
  socket_control(asio::any_io_executor const& executor, std::string socket, std::string link,
                 controlled_run controlled)
      : acceptor_(executor),
        path_(std::move(socket)),
        link_(std::move(link)),
        controlled_(std::move(controlled)) {}
  ~socket_control() override {
    ::unlink(link_.c_str());
    ::unlink(path_.c_str());
  }

  result<void> listen() {
    try {
      local::stream_protocol::endpoint const place(path_);
      acceptor_.open(place.protocol());
      acceptor_.bind(place);
      // Nobody can connect between the two: it does not listen yet.
      if (::chmod(path_.c_str(), 0600) != 0) return system_failure("protecting " + path_, errno);
      acceptor_.listen();
      std::filesystem::remove(link_);
      std::filesystem::create_symlink(path_, link_);
    } catch (std::exception const& failed) {
      return host_error(fmt::format("the control socket {}: {}", path_, failed.what()));
    }
    return {};
  }

  loop::awaitable<void> serve(loop::nursery& talks) override {
    for (;;) {
      auto [failed, client] = co_await acceptor_.async_accept(asio::as_tuple(use_awaitable));
      if (failed) co_return;
      talks.spawn(talk(std::move(client)));
    }
  }

 private:
  loop::awaitable<void> talk(local::stream_protocol::socket client) {
    std::string buffer;
    for (;;) {
      auto space = asio::dynamic_buffer(buffer, longest_line);
      auto [failed, length] =
          co_await asio::async_read_until(client, space, '\n', asio::as_tuple(use_awaitable));
      if (failed) co_return;
      auto const line = buffer.substr(0, length - 1);
      buffer.erase(0, length);
      auto const said = co_await answer(line);
      auto const text = json::serialize(said) + "\n";
      auto const bytes = asio::buffer(text);
      [[maybe_unused]] auto [unsent, count] =
          co_await asio::async_write(client, bytes, asio::as_tuple(use_awaitable));
      if (unsent) co_return;
    }
  }

  loop::awaitable<json::object> answer(std::string const& line) {
    boost::system::error_code failed;
    auto const command = json::parse(line, failed);
    if (failed || !command.is_object())
      co_return failure(recipe_error("a command is one JSON object on one line"));
    co_return co_await obey(controlled_, command.get_object());
  }

  local::stream_protocol::acceptor acceptor_;
  std::string path_;
  std::string link_;
  controlled_run controlled_;
};

}  // namespace

loop::awaitable<json::object> obey(live_control::controlled_run& controlled,
                                   json::object const& command) {
  auto const what = text_at(command, "do");
  if (what == "faults") co_return co_await list(controlled);
  if (what == "heal") co_return co_await heal(controlled, command);
  if (what == "inject") {
    auto text = text_at(command, "fault");
    co_return co_await inject(controlled, std::move(text));
  }
  co_return failure(
      recipe_error("a run knows the commands faults, inject and heal, not '" + what + "'"));
}

result<std::unique_ptr<live_control>> live_control::listen(asio::any_io_executor const& executor,
                                                           std::string socket, std::string link,
                                                           controlled_run controlled) {
  auto made = std::make_unique<socket_control>(executor, std::move(socket), std::move(link),
                                               std::move(controlled));
  if (auto listening = made->listen(); !listening) return listening.error();
  return std::unique_ptr<live_control>(std::move(made));
}

}  // namespace wedgehog::conductor
