// The simulated machine by itself: what its monitors, its disks and its guest do, at the machine
// port and on the real wires.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "agent/link.hpp"
#include "base/described.hpp"
#include "collectors/machine_sampler.hpp"
#include "faults/disk_set.hpp"
#include "loop/nursery.hpp"
#include "loop/simulated_loop.hpp"
#include "loop/temporary.hpp"
#include "loop/within.hpp"
#include "tests/file_text.hpp"
#include "tests/simulation/guest.hpp"
#include "tests/simulation/nbd_drive.hpp"
#include "vm/monitor_names.hpp"
#include "vm/simulated/machine.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;
using loop::awaitable;

class simulated_machine : public ::testing::Test {
 protected:
  using scene = awaitable<void> (simulated_machine::*)();

  // The machine runs, with a disk "data" and its agent greeted, when `body` begins.
  template <class Body>
  void play(Body body) {
    children.emplace(all.executor());
    children->spawn(live(std::move(body)));
    auto const ending = all.play(done, all.time().now() + 1h);
    EXPECT_EQ(static_cast<int>(ending), static_cast<int>(loop::simulated_loop::ending::done));
    while (all.turn()) {
    }
    EXPECT_EQ(machines.alive(), 0U);
  }

  template <class Body>
  awaitable<void> live(Body body) {
    home.emplace(loop::temporary_directory::make("/dev/shm").value());
    auto const file = home->path() + "/data.raw";
    { std::ofstream(file).put(' '); }
    EXPECT_EQ(::truncate(file.c_str(), 8 << 20), 0);
    auto const served = disks.serve({.name = "data",
                                     .file = file,
                                     .served_at = home->path() + "/data",
                                     .keeps_failed_reads = keeps,
                                     .keeps_failed_others = keeps});
    EXPECT_TRUE(served);
    auto const policy = keeps ? vm::on_error::stop : vm::on_error::report;
    vm::machine_spec spec;
    spec.name = "model";
    spec.disks.push_back({.name = "data",
                          .server = vm::unix_socket{home->path() + "/data"},
                          .read_error = policy,
                          .write_error = policy});
    vm::guest_profile const profile;
    auto started = co_await machines.start(spec, profile, 30s);
    EXPECT_TRUE(started) << started.error().message();
    machine = std::move(started.value());
    auto line = co_await machine->open_agent_line(10s);
    loop::asio::local::stream_protocol::socket socket(
        all.executor(), loop::asio::local::stream_protocol(), line.value().release());
    agent::link_options options;
    options.on_event = [this](agent::event const& one) { heard.push_back(one); };
    agent.emplace(std::move(socket), all.time(), options);
    loop::nursery serving(all.executor());
    serving.spawn(agent->serve());
    auto const hello = co_await agent->greet(30s);
    EXPECT_TRUE(hello) << hello.error().message();
    co_await body();
    disks.let_go();
    co_await machine->stop(5s);
    agent->close();
    co_await serving.stop();
    agent.reset();
    machine.reset();
    co_await disks.stop();
    done = true;
  }

  awaitable<std::string> state() {
    auto const said = co_await machine->monitor().execute("query-status", 2s);
    co_return said ? text_at(said->as_object(), "status") : said.error().message();
  }
  // Returns when the workload has written.
  awaitable<void> begin_to_write() {
    wire::start_workload wanted;
    wanted.name = "writer";
    wanted.script = "while dd of=/mnt/file conv=fsync; do\n sleep 0.1\ndone";
    auto const began = co_await agent->start_workload(wanted, 5s);
    EXPECT_TRUE(began);
    co_await all.time().sleep_for(3s);
  }
  std::uint64_t written() const {
    std::uint64_t most = 0;
    for (auto const& one : heard)
      if (auto const* beat = std::get_if<wire::beat>(&one))
        for (auto const& each : beat->workloads) most = std::max(most, each.done);
    return most;
  }
  wire::observation last_look() const {
    wire::observation last;
    for (auto const& one : heard)
      if (auto const* seen = std::get_if<wire::observation>(&one)) last = *seen;
    return last;
  }
  // How often in ten seconds QEMU was asked how it is.
  awaitable<int> looks_in_ten_seconds(bool rests) {
    int looks = 0;
    auto const count = [&looks](timeline::payload one) {
      if (std::holds_alternative<timeline::machine_state>(one)) ++looks;
    };
    collectors::machine_sampler sampler(all.time(), *machine, count, {}, [rests] { return rests; });
    loop::nursery watching(all.executor());
    watching.spawn(sampler.run());
    co_await all.time().sleep_for(10500ms);
    co_await watching.stop();
    co_return looks;
  }
  void hold() {
    auto const held = disks.find("data")->inject("stuck=hold");
    EXPECT_TRUE(held);
  }

  loop::simulated_loop all;
  bool keeps = false;
  bool done = false;
  guest_options guest;
  simulated::backend machines{all.time(), [this](int, vm::machine_spec const&) {
                                simulated::model made;
                                made.make_drive = make_nbd_drive;
                                made.make_guest = [this](int boot) {
                                  return std::make_unique<model_guest>(guest, boot);
                                };
                                return made;
                              }};
  std::optional<loop::temporary_directory> home;
  faults::disk_set disks{all.executor(), all.time(), 1, {}};
  std::unique_ptr<vm::machine> machine;
  std::optional<agent::link> agent;
  std::vector<agent::event> heard;
  std::optional<loop::nursery> children;
};

TEST_F(simulated_machine, boots_answers_and_works) {
  auto const body = [this]() -> awaitable<void> {
    EXPECT_EQ(co_await state(), "running");
    auto const there_and_back = co_await agent->echo("hello", 2s);
    EXPECT_TRUE(there_and_back);
    wire::exec script;
    script.script = "mkfs.ext4 /dev/wedgehog/data\necho done\nexit 3";
    std::string printed;
    agent::output_sink const keep = [&](wire::output const& piece) { printed += piece.bytes; };
    auto const ended = co_await agent->run(script, 10s, keep);
    EXPECT_TRUE(ended);
    EXPECT_EQ(ended->exit_status, 3U);
    EXPECT_NE(printed.find("done"), std::string::npos);
    co_await begin_to_write();
    EXPECT_GT(written(), 3U);
  };
  play(body);
}

TEST_F(simulated_machine, a_held_request_stalls_who_waits_for_it_and_whoever_drains) {
  auto const body = [this]() -> awaitable<void> {
    co_await begin_to_write();
    hold();
    co_await all.time().sleep_for(2s);
    auto const before = written();
    co_await all.time().sleep_for(10s);
    EXPECT_EQ(written(), before);
    auto const seen = last_look();
    EXPECT_EQ(seen.blocked_tasks.size(), 1U);
    EXPECT_EQ(co_await state(), "running");
    // QEMU waits for the disk, and is deaf.
    auto const stopped = co_await machine->monitor().execute("stop", 5s);
    EXPECT_FALSE(stopped);
    EXPECT_NE(co_await state(), "paused");
    EXPECT_TRUE(disks.find("data")->heal("stuck"));
    co_await all.time().sleep_for(1s);
    EXPECT_EQ(co_await state(), "paused");
  };
  play(body);
}

TEST_F(simulated_machine, a_cut_connection_frees_it_and_the_guest_gets_errors) {
  auto const body = [this]() -> awaitable<void> {
    co_await begin_to_write();
    hold();
    co_await all.time().sleep_for(2s);
    auto const stopped = co_await machine->monitor().execute("stop", 1s);
    EXPECT_FALSE(stopped);
    json::array const instances{
        json::object{{"type", "block-node"}, {"node-name", vm::monitor_names().disk_node("data")}}};
    json::object const whom{{"instances", instances}};
    auto const cut = co_await machine->second_monitor().execute_oob("yank", whom, 1s);
    EXPECT_TRUE(cut);
    co_await all.time().sleep_for(1s);
    EXPECT_EQ(co_await state(), "paused");
  };
  play(body);
}

TEST_F(simulated_machine, keeps_what_failed_and_asks_again) {
  keeps = true;
  auto const body = [this]() -> awaitable<void> {
    co_await begin_to_write();
    auto events = machine->monitor().listen();
    EXPECT_TRUE(disks.find("data")->inject("bad=error:times=1"));
    co_await all.time().sleep_for(2s);
    EXPECT_EQ(co_await state(), "io-error");
    auto const before = written();
    auto const on = co_await machine->monitor().execute("cont", 2s);
    EXPECT_TRUE(on);
    co_await all.time().sleep_for(3s);
    EXPECT_GT(written(), before);
    auto const first = co_await events.next();
    EXPECT_EQ(first->name, "BLOCK_IO_ERROR");
  };
  play(body);
}

TEST_F(simulated_machine, stands_while_its_process_is_stopped) {
  auto const body = [this]() -> awaitable<void> {
    co_await begin_to_write();
    machine->process()->signal(SIGSTOP);
    auto const before = written();
    auto const said = co_await machine->monitor().execute("query-status", 5s);
    EXPECT_FALSE(said);
    EXPECT_EQ(written(), before);
    EXPECT_EQ(machine->process()->main_thread()->state, 'T');
    machine->process()->signal(SIGCONT);
    co_await all.time().sleep_for(3s);
    EXPECT_GT(written(), before);
  };
  play(body);
}

TEST_F(simulated_machine, a_guest_that_resets_ends_it_and_keeps_its_memory) {
  auto const body = [this]() -> awaitable<void> {
    auto events = machine->monitor().listen();
    wire::power reboot;
    reboot.action = wire::power_action::reboot;
    (void)co_await agent->power(reboot, 2s);  // may be down before it has answered
    EXPECT_EQ(co_await state(), "shutdown");
    auto const first = co_await events.next();
    EXPECT_EQ(first->name, "SHUTDOWN");
    EXPECT_EQ(text_at(first->data, "reason"), "guest-reset");
  };
  play(body);
}

TEST_F(simulated_machine, boots_again_where_resets_are_allowed) {
  auto const body = [this]() -> awaitable<void> {
    json::object const how{{"reboot", "reset"}};
    auto const set = co_await machine->monitor().execute("set-action", how, 2s);
    EXPECT_TRUE(set);
    auto const pressed = co_await machine->monitor().execute("system_reset", 2s);
    EXPECT_TRUE(pressed);
    co_await all.time().sleep_for(5s);
    EXPECT_EQ(co_await state(), "running");
    auto const there_and_back = co_await agent->echo("again", 2s);
    EXPECT_TRUE(there_and_back);
  };
  play(body);
}

TEST_F(simulated_machine, a_panic_stops_it_with_a_word_on_the_console) {
  guest.trouble = {trouble_kind::panics, 1s};
  auto const body = [this]() -> awaitable<void> {
    co_await all.time().sleep_for(3s);
    EXPECT_EQ(co_await state(), "guest-panicked");
    bool seen = false;
    vm::line_cutter::sink const look = [&](std::string const& line, bool) {
      seen = seen || line.find("Kernel panic") != std::string::npos;
    };
    machine->console().finish(look);
    EXPECT_TRUE(seen);
  };
  play(body);
}

TEST_F(simulated_machine, is_looked_at_less_while_it_rests_and_nothing_is_under_way) {
  auto const body = [this]() -> awaitable<void> {
    EXPECT_EQ(co_await looks_in_ten_seconds(false), 11);
    EXPECT_EQ(co_await looks_in_ten_seconds(true), 3);
    co_await begin_to_write();
    hold();
    co_await all.time().sleep_for(2s);
    EXPECT_EQ(co_await looks_in_ten_seconds(true), 11);
  };
  play(body);
}

TEST_F(simulated_machine, its_memory_can_be_dumped_into_a_file) {
  auto const body = [this]() -> awaitable<void> {
    auto const path = home->path() + "/core";
    loop::descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    auto const dumped = co_await machine->dump_memory(file.get(), 5s);
    EXPECT_TRUE(dumped);
    auto text = testing::text_of(path);
    EXPECT_TRUE(text.starts_with("\x7f"));
    EXPECT_EQ(co_await state(), "running");
  };
  play(body);
}

}  // namespace
}  // namespace wedgehog::simulation
