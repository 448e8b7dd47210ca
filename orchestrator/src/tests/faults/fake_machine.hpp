// A machine whose QEMU is a harmless child process, and whose monitor is answered by the test.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <filesystem>
#include <fstream>

#include "faults/fault.hpp"
#include "loop/nursery.hpp"
#include "tests/loop_runner.hpp"
#include "tests/qmp/fake_qemu.hpp"
#include "vm/direct/machine.hpp"

namespace wedgehog::faults {

class fake_machine : public ::testing::Test {
 protected:
  // "return" or "error" of one command; the arguments are its own.
  using responder = std::function<json::object(std::string const& name, json::object const& with)>;

  static json::object returned(json::value value) { return {{"return", std::move(value)}}; }
  static json::object refused(std::string why) {
    return {{"error", json::object{{"class", "GenericError"}, {"desc", std::move(why)}}}};
  }

  fake_machine() {
    std::string pattern = ::testing::TempDir() + "machineXXXXXX";
    folder = ::mkdtemp(pattern.data());
    std::ofstream(folder + "/console").close();
  }
  ~fake_machine() override { std::filesystem::remove_all(folder); }

  // Runs `body` with a machine whose process is `argv`. The machine is gone afterwards.
  template <class Body>
  void with_machine(std::vector<std::string> argv, Body body) {
    testing::run_to_end(context, play(std::move(argv), std::move(body)));
  }

  fault_targets targets() {
    return {time, disks, machine.get(), nullptr,
            [this](timeline::payload what) { noted.push_back(std::move(what)); }};
  }
  // Sent by QEMU, unasked.
  loop::awaitable<void> event(std::string name, json::object data) {
    json::object const text{{"event", std::move(name)},
                            {"data", std::move(data)},
                            {"timestamp", json::object{{"seconds", 1}, {"microseconds", 0}}}};
    co_await qemu.say(json::serialize(text) + "\r\n");
  }
  std::vector<timeline::hold> holds() const {
    std::vector<timeline::hold> all;
    for (auto const& one : noted)
      if (auto const* hold = std::get_if<timeline::hold>(&one)) all.push_back(*hold);
    return all;
  }

  std::string folder;
  loop::asio::io_context context{1};
  loop::real_clock time;
  disk_set disks{context.get_executor(), time, 1, {}};
  std::vector<timeline::payload> noted;
  std::vector<std::string> commands;  // as they came, with their arguments
  responder respond = [](auto const&, auto const&) { return returned(json::object()); };
  // After the answer to a command: events it causes.
  std::function<loop::awaitable<void>(std::string const& name)> after;
  vm::machine_spec spec;
  testing::fake_qemu qemu{context.get_executor()};
  std::unique_ptr<vm::machine> machine;

 private:
  loop::awaitable<void> serve() {
    for (;;) {
      auto const asked = co_await qemu.hear();
      if (asked.is_null()) co_return;
      auto const& command = asked.as_object();
      std::string const name(command.at("execute").as_string());
      auto const* given = command.if_contains("arguments");
      json::object const with = given == nullptr ? json::object() : given->as_object();
      commands.push_back(with.empty() ? name : name + " " + json::serialize(with));
      auto reply = respond(name, with);
      reply["id"] = command.at("id");
      co_await qemu.say(json::serialize(reply) + "\r\n");
      if (after) co_await after(name);
    }
  }
  loop::awaitable<void> greet() { co_await qemu.greet(); }

  template <class Body>
  loop::awaitable<void> play(std::vector<std::string> argv, Body body) {
    auto const executor = co_await loop::asio::this_coro::executor;
    loop::nursery others(executor);
    others.spawn(greet());
    auto monitor = co_await qmp::client::adopt(executor, time, qemu.take_other_end());
    EXPECT_TRUE(monitor);
    co_await others.join();
    loop::process_options options;
    options.argv = std::move(argv);
    auto child = loop::process::start(executor, options);
    EXPECT_TRUE(child);
    auto console = vm::direct::console::open(executor, time, folder + "/console");
    EXPECT_TRUE(console);
    if (!monitor || !child || !console) co_return;
    int const thread = child->pid();
    vm::direct::machine::parts parts{spec, std::move(child.value()), std::move(console.value()),
                                     std::move(monitor.value()), std::vector<int>{thread}};
    machine = vm::direct::machine::assemble(time, std::move(parts));
    others.spawn(serve());
    co_await body();
    machine.reset();
    co_await others.stop();
  }
};

}  // namespace wedgehog::faults
