// wedgehog-disk: one fault disk served over a UNIX socket, and the words to say to a running one.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <iostream>

#include "loop/nursery.hpp"
#include "loop/socket_file.hpp"
#include "nbd/conditions/rate.hpp"
#include "nbd/control.hpp"
#include "nbd/server.hpp"
#include "nbd/trace_file.hpp"

namespace {

using namespace wedgehog;
namespace asio = boost::asio;
namespace json = boost::json;
using local = asio::local::stream_protocol;
using loop::awaitable;

constexpr std::size_t longest_command = 1U << 20U;

struct serve_options {
  nbd::disk_options disk;
  std::string size;
  std::string socket;
  std::string control;
  std::vector<std::string> faults;
  bool quiet = false;
};

struct control_options {
  std::string control;
  std::vector<std::string> faults;
  std::string name;
  nbd::release_choice release;
  bool flag = false;
};

int complain(error const& cause) {
  std::fprintf(stderr, "wedgehog-disk: %s\n", cause.message().c_str());
  return cause.whose() == blame::recipe ? 3 : 2;
}

awaitable<void> answer_commands(local::socket peer, nbd::fault_disk& disk) {
  std::string buffer;
  for (;;) {
    boost::system::error_code failed;
    auto const length =
        co_await asio::async_read_until(peer, asio::dynamic_buffer(buffer, longest_command), '\n',
                                        asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
    if (failed) co_return;
    auto const answer = nbd::obey_line(disk, std::string_view(buffer).substr(0, length - 1)) + "\n";
    buffer.erase(0, length);
    co_await asio::async_write(peer, asio::buffer(answer),
                               asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return;
  }
}

awaitable<void> accept_commands(local::acceptor& acceptor, nbd::fault_disk& disk,
                                loop::nursery& children) {
  for (;;) {
    auto peer = co_await acceptor.async_accept(asio::use_awaitable);
    children.spawn(answer_commands(std::move(peer), disk));
  }
}

void print_event(nbd::disk_event const& event) {
  std::fprintf(stderr, "%.*s%s%s%s%s\n", static_cast<int>(event.what.size()), event.what.data(),
               event.name.empty() ? "" : " ", event.name.c_str(), event.detail.empty() ? "" : ": ",
               event.detail.c_str());
}

awaitable<void> serve_until_signal(nbd::fault_disk& disk, loop::clock& time,
                                   serve_options const& options, int& outcome) {
  auto const executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  nbd::server server(executor, time, disk);
  if (auto started = server.start(options.socket); !started) {
    outcome = complain(started.error());
    co_return;
  }
  loop::nursery children(executor);
  local::acceptor control(executor);
  if (!options.control.empty()) {
    boost::system::error_code failed;
    local::endpoint const where(options.control);
    auto const removed = loop::remove_old_socket(options.control);
    if (removed) control.open({}, failed);
    if (removed && !failed) control.bind(where, failed);
    if (removed && !failed) control.listen(asio::socket_base::max_listen_connections, failed);
    if (!removed)
      outcome = complain(removed.error());
    else if (failed)
      outcome = complain(host_error("listening on " + options.control + ": " + failed.message()));
    else
      children.spawn(accept_commands(control, disk, children));
  }
  if (outcome == 0) {
    if (!options.quiet)
      std::fprintf(stderr, "serving %s at nbd+unix:///?socket=%s\n",
                   print_size(disk.size()).c_str(), options.socket.c_str());
    co_await signals.async_wait(asio::use_awaitable);
  }
  co_await children.stop();
  co_await server.stop();
  if (!options.control.empty()) static_cast<void>(loop::remove_old_socket(options.control));
}

int serve(serve_options& options) {
  if (!options.size.empty()) {
    auto const size = parse_size(options.size);
    if (!size) return complain(size.error());
    options.disk.size = *size;
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  loop::real_clock time;
  nbd::shared_rates rates;
  auto disk = nbd::fault_disk::open(
      options.disk, [&time] { return time.now(); }, &rates);
  if (!disk) return complain(disk.error());
  if (!options.quiet) (*disk)->on_event(print_event);
  for (auto const& fault : options.faults) {
    auto const spec = nbd::spec_with_trace(fault);
    auto injected = spec ? (*disk)->inject(*spec) : spec.error();
    if (!injected) return complain(std::move(injected.error()).within("reading --fault " + fault));
  }
  asio::io_context context(1);
  int outcome = 0;
  std::exception_ptr thrown;
  asio::co_spawn(context, serve_until_signal(**disk, time, options, outcome),
                 [&](std::exception_ptr error) { thrown = error; });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return outcome;
}

// Says one command to a running disk and prints the answer.
int say(std::string const& control, json::object const& command, std::string_view show = {}) {
  asio::io_context context(1);
  local::socket peer(context);
  boost::system::error_code failed;
  peer.connect(local::endpoint(control), failed);
  if (failed)
    return complain(host_error("connecting to " + control + ": " + failed.message() +
                               "; is the disk served with --control?"));
  asio::write(peer, asio::buffer(json::serialize(command) + "\n"), failed);
  std::string line;
  if (!failed) asio::read_until(peer, asio::dynamic_buffer(line), '\n', failed);
  if (failed) return complain(host_error("asking " + control + ": " + failed.message()));
  auto const answer = json::parse(line, failed);
  if (failed || !answer.is_object())
    return complain(host_error("the answer of " + control + " is no JSON object"));
  auto const& object = answer.get_object();
  bool const ok = object.contains("ok") && object.at("ok").as_bool();
  if (!ok) {
    std::fprintf(stderr, "wedgehog-disk: %s\n", object.at("error").as_string().c_str());
    return object.at("blame").as_string() == "recipe" ? 3 : 2;
  }
  auto const* const shown = show.empty() ? nullptr : object.if_contains(show);
  std::cout << json::serialize(shown != nullptr ? *shown : answer) << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A disk on which everything can go wrong on command, served over NBD"};
  app.require_subcommand(1);
  int outcome = 0;

  serve_options serving;
  auto* const serve_command = app.add_subcommand("serve", "serve a raw image, or a blank disk");
  serve_command->add_option("FILE", serving.disk.base,
                            "raw image; without: a blank disk of --size");
  serve_command->add_option("--socket", serving.socket, "UNIX socket for NBD clients")->required();
  serve_command->add_option("--control", serving.control, "UNIX socket for the other commands");
  serve_command->add_option("--overlay", serving.disk.overlay,
                            "leave the image as it is; changes go here");
  serve_command->add_option("--size", serving.size, "of the disk, such as 64MiB");
  serve_command->add_option("--name", serving.disk.name, "export name, and seed of its chance");
  serve_command->add_option("--seed", serving.disk.seed, "of everything drawn");
  serve_command->add_option("--fault", serving.faults, "[NAME=]KIND[:KEY=VALUE,…]; see 'catalogue'")
      ->allow_extra_args(false);
  serve_command->add_flag("--read-only", serving.disk.read_only, "refuse writes");
  serve_command->add_flag("-q,--quiet", serving.quiet, "do not print what happens");
  serve_command->callback([&] { outcome = serve(serving); });

  control_options asked;
  auto const command = [&](char const* name, char const* what) {
    auto* const made = app.add_subcommand(name, what);
    made->add_option("--control", asked.control, "UNIX socket of the running disk")->required();
    return made;
  };
  command("ledger", "print what is in flight, why, and what happened, as JSON")->callback([&] {
    outcome = say(asked.control, {{"do", "ledger"}}, "ledger");
  });
  auto* const inject = command("inject", "inject or change faults");
  inject->add_option("FAULT", asked.faults, "[NAME=]KIND[:KEY=VALUE,…]")->required();
  inject->callback([&] {
    for (auto const& fault : asked.faults) {
      if (outcome != 0) return;
      auto const spec = nbd::spec_with_trace(fault);
      outcome =
          spec ? say(asked.control, {{"do", "inject"}, {"fault", *spec}}) : complain(spec.error());
    }
  });
  auto* const heal = command("heal", "take a fault away; without a name, all");
  heal->add_option("NAME", asked.name, "of the fault");
  heal->callback([&] {
    json::object words{{"do", "heal"}};
    if (!asked.name.empty()) words["name"] = asked.name;
    outcome = say(asked.control, words);
  });
  auto* const release = command("release", "let held requests go; without more, all");
  release->add_option("NAME", asked.release.name, "only those that this fault holds");
  release->add_option("--request", asked.release.serials, "serial numbers, in this order");
  release->add_option("--count", asked.release.count, "so many of the oldest");
  release->add_flag("--newest", asked.release.newest_first, "start with the newest");
  release->callback([&] {
    json::object words{
        {"do", "release"}, {"name", asked.release.name}, {"newest", asked.release.newest_first}};
    if (!asked.release.serials.empty())
      words["serials"] = json::array(asked.release.serials.begin(), asked.release.serials.end());
    if (asked.release.count) words["count"] = *asked.release.count;
    outcome = say(asked.control, words);
  });
  command("freeze", "turn all holds into EIO and end delays, before QEMU is stopped")
      ->callback([&] {
        outcome = say(asked.control, {{"do", "freeze"}});
      });
  command("thaw", "the opposite of freeze")->callback([&] {
    outcome = say(asked.control, {{"do", "thaw"}});
  });
  std::string survive = "subset";
  std::uint64_t seed = 0;
  auto* const cut =
      command("power-cut", "lose unflushed writes (of a write-cache) and connections");
  cut->add_option("--survive", survive, "none, all, prefix or subset")->capture_default_str();
  cut->add_flag("--torn", asked.flag, "cut one write between its sectors");
  cut->add_option("--seed", seed, "of what is drawn");
  cut->callback([&] {
    outcome = say(asked.control,
                  {{"do", "power-cut"}, {"survive", survive}, {"torn", asked.flag}, {"seed", seed}},
                  "cut");
  });
  auto* const snapshot = command("snapshot", "copy what the guest sees now to a file");
  snapshot->add_option("PATH", asked.name, "on the disk server's machine")->required();
  snapshot->add_flag("--durable", asked.flag, "only what is flushed");
  snapshot->callback([&] {
    outcome =
        say(asked.control, {{"do", "snapshot"}, {"path", asked.name}, {"durable", asked.flag}});
  });
  app.add_subcommand("catalogue", "print all faults and their parameters as JSON")->callback([&] {
    std::cout << json::serialize(nbd::describe_catalogue()) << '\n';
  });

  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& wrong) {
    return app.exit(wrong) == 0 ? 0 : 3;
  } catch (std::exception const& thrown) {
    std::fprintf(stderr, "wedgehog-disk: %s\n", thrown.what());
    return 2;
  }
  return outcome;
}
