// The agent in a real Linux guest, over a virtio port and over a UART. $WEDGEHOG_LINUX_IMAGE names
// the directory with vmlinuz and initramfs that images/linux/build made with this agent; unset, it
// is where `wedgehog image build` puts them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <tuple>
#include <vector>

#include "agent/link.hpp"
#include "loop/nursery.hpp"
#include "loop/process.hpp"
#include "loop/temporary.hpp"
#include "loop/within.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr auto boot_patience = 120s;
constexpr auto patience = 40s;

struct guest {
  guest(asio::io_context& context, std::string image, bool uart)
      : executor(context.get_executor()),
        home(loop::temporary_directory::make().value()),
        nursery(executor),
        image(std::move(image)),
        uart(uart) {}

  loop::process_options command() const {
    loop::process_options options;
    options.argv = {"qemu-system-x86_64",
                    "-machine",
                    "q35,accel=tcg",
                    "-m",
                    "256",
                    "-smp",
                    "2",
                    "-nodefaults",
                    "-display",
                    "none",
                    "-kernel",
                    image + "/vmlinuz",
                    "-initrd",
                    image + "/initramfs",
                    "-append",
                    std::string("console=ttyS0 loglevel=7 sysrq_always_enabled") +
                        (uart ? " wedgehog.agent_port=/dev/ttyS1" : ""),
                    "-chardev",
                    "file,id=console,path=" + home.path() + "/console.log",
                    "-device",
                    "isa-serial,chardev=console,index=0",
                    "-chardev",
                    "socket,id=agent,server=on,wait=off,path=" + home.path() + "/agent",
                    "-blockdev",
                    "driver=file,node-name=data,filename=" + home.path() + "/data",
                    "-device",
                    "virtio-blk-pci,drive=data,serial=data"};
    std::vector<std::string> const port =
        uart ? std::vector<std::string>{"-device", "isa-serial,chardev=agent,index=1"}
             : std::vector<std::string>{"-device", "virtio-serial-pci", "-device",
                                        "virtserialport,chardev=agent,name=org.wedgehog.agent.0"};
    options.argv.insert(options.argv.end(), port.begin(), port.end());
    options.output_file = home.path() + "/qemu.log";
    return options;
  }

  awaitable<void> begin() {
    std::ofstream(home.path() + "/data").close();
    std::filesystem::resize_file(home.path() + "/data", 64U << 20U);
    process.emplace(loop::process::start(executor, command()).value());
    link_options wanted;
    wanted.connect_limit = patience;
    wanted.on_event = [this](event const& one) { events.push_back(one); };
    auto connected =
        co_await link::connect(executor, time, home.path() + "/agent", std::move(wanted));
    line = std::move(connected.value());
    nursery.spawn(line->serve());
  }

  awaitable<bool> saw(std::function<bool(event const&)> pleases) {
    auto const deadline = time.now() + patience;
    while (time.now() < deadline) {
      for (; looked_at < events.size(); ++looked_at)
        if (pleases(events[looked_at])) co_return true;
      co_await time.sleep_for(20ms);
    }
    co_return false;
  }

  awaitable<wire::ended> run(std::string text, std::uint64_t deadline_ms = 30000) {
    wire::exec request;
    request.script = std::move(text);
    request.deadline_ms = deadline_ms;
    output.clear();
    auto const sink = [this](wire::output const& piece) { output += piece.bytes; };
    auto const ended = co_await line->run(std::move(request), patience, sink);
    EXPECT_TRUE(ended) << (ended ? "" : ended.error().message());
    co_return ended ? *ended : wire::ended{};
  }

  asio::any_io_executor executor;
  loop::real_clock time;
  loop::temporary_directory home;
  loop::nursery nursery;
  std::string image;
  bool uart;
  std::optional<loop::process> process;
  std::unique_ptr<link> line;
  std::vector<event> events;
  std::size_t looked_at = 0;
  std::string output;
};

bool canary_stuck_for(event const& one, std::uint64_t ms) {
  auto const* beat = std::get_if<wire::beat>(&one);
  return beat && beat->source == wire::beat_source::ordinary && !beat->canaries.empty() &&
         beat->canaries[0].pending_ms > ms && beat->canaries[0].completed > 0;
}

bool sees_blocked(event const& one, std::string const& comm) {
  auto const* seen = std::get_if<wire::observation>(&one);
  if (!seen) return false;
  for (auto const& task : seen->blocked_tasks)
    if (task.comm == comm && !task.stack.empty() && !task.kernel) return true;
  return false;
}

wire::workload_tasks const* tasks_in(event const& one, std::string_view workload) {
  auto const* seen = std::get_if<wire::observation>(&one);
  if (!seen) return nullptr;
  for (auto const& each : seen->workloads)
    if (each.name.view() == workload) return &each;
  return nullptr;
}

// The tasks of a workload in a control group of its own: where they sleep once it stands still,
// whether the group is frozen, what it may use. And how a mirror is whose writes are suspended.
awaitable<void> tells_what_holds_a_workload(guest& all) {
  EXPECT_EQ((co_await all.run("echo +cpu > /sys/fs/cgroup/cgroup.subtree_control; "
                              "mkdir /sys/fs/cgroup/box && "
                              "echo 5000 100000 > /sys/fs/cgroup/box/cpu.max"))
                .exit_status,
            0U)
      << all.output;
  wire::start_workload sleeper;
  sleeper.name = std::string_view("sleeper");
  sleeper.script = "echo 0 > /sys/fs/cgroup/box/cgroup.procs; echo begun; sleep 1000";
  EXPECT_TRUE(co_await all.line->start_workload(sleeper, patience));
  auto const sleeps = [](event const& one) {
    auto const* told = tasks_in(one, "sleeper");
    if (told == nullptr || told->waiting.size() < 2 || told->frozen) return false;
    EXPECT_EQ(told->group, "/box");
    EXPECT_EQ(told->cpu_limit, 500U);
    EXPECT_TRUE(told->has_pressure);
    EXPECT_EQ(told->pids.size(), 2U);
    auto const& youngest = told->waiting.front();
    EXPECT_EQ(youngest.comm, "sleep");
    EXPECT_EQ(youngest.state, "S");
    EXPECT_THAT(youngest.stack, ::testing::Contains(HasSubstr("nanosleep")));
    return true;
  };
  EXPECT_TRUE(co_await all.saw(sleeps));
  EXPECT_EQ((co_await all.run("echo 1 > /sys/fs/cgroup/box/cgroup.freeze")).exit_status, 0U);
  EXPECT_TRUE(co_await all.saw([](event const& one) {
    auto const* told = tasks_in(one, "sleeper");
    return told != nullptr && told->frozen;
  }));
  EXPECT_EQ((co_await all.run("echo 0 > /sys/fs/cgroup/box/cgroup.freeze")).exit_status, 0U);
  EXPECT_TRUE(co_await all.saw([](event const& one) {
    auto const* told = tasks_in(one, "sleeper");
    return told != nullptr && !told->frozen;
  }));
  wire::stop_workload over;
  over.name = std::string_view("sleeper");
  EXPECT_TRUE(co_await all.line->stop_workload(over, patience));

  EXPECT_EQ((co_await all.run("modprobe raid1 && modprobe brd rd_nr=2 rd_size=8192 && "
                              "mdadm --create /dev/md0 --level=1 --raid-devices=2 --assume-clean "
                              "--run --metadata=1.2 --bitmap=none /dev/ram0 /dev/ram1 && "
                              "echo 4096 > /sys/block/md0/md/suspend_hi"))
                .exit_status,
            0U)
      << all.output;
  EXPECT_TRUE(co_await all.saw([](event const& one) {
    auto const* seen = std::get_if<wire::observation>(&one);
    return seen != nullptr &&
           std::any_of(seen->devices.begin(), seen->devices.end(), [](auto const& each) {
             return each.name == "md0" && each.state.find(" suspended") != std::string::npos;
           });
  }));
  EXPECT_EQ((co_await all.run("echo 0 > /sys/block/md0/md/suspend_hi && mdadm --stop /dev/md0"))
                .exit_status,
            0U)
      << all.output;
}

// A frozen file system stands in for a wedge: tasks in D state that no kill removes, and the cure
// is at hand.
awaitable<void> lives_through_a_freeze(guest& all) {
  EXPECT_EQ((co_await all.run("mkdir -p /mnt/t && mkfs.ext4 -q /dev/wedgehog/data && "
                              "mount /dev/wedgehog/data /mnt/t"))
                .exit_status,
            0U)
      << all.output;
  wire::start_canary canary;
  canary.directory = std::string_view("/mnt/t");
  canary.interval_ms = 100;
  EXPECT_TRUE(co_await all.line->start_canary(canary, patience));
  auto const sings = [](event const& one) {
    auto const* beat = std::get_if<wire::beat>(&one);
    return beat && !beat->canaries.empty() && beat->canaries[0].completed > 3;
  };
  EXPECT_TRUE(co_await all.saw(sings));

  EXPECT_EQ((co_await all.run("fsfreeze --freeze /mnt/t")).exit_status, 0U) << all.output;
  EXPECT_TRUE(co_await all.saw([](event const& one) { return canary_stuck_for(one, 2000); }));
  auto const killed = co_await all.run("exec touch /mnt/t/file", 1000);
  EXPECT_TRUE(killed.timed_out) << killed.exit_status << all.output;
  std::printf("killed in the freeze: unkillable %d, stuck in %s\n", killed.unkillable,
              killed.stuck_in.c_str());
  EXPECT_TRUE(co_await all.saw([](event const& one) {
    return sees_blocked(one, "touch") || sees_blocked(one, "wedgehog-agent") ||
           sees_blocked(one, "agent");
  }));
  wire::collect wanted;
  wanted.what = "ps";
  std::string text;
  auto const sink = [&text](wire::output const& piece) { text += piece.bytes; };
  EXPECT_TRUE(co_await all.line->collect(wanted, patience, sink));
  auto const blocked_first = text.substr(0, 1000);
  EXPECT_THAT(blocked_first, HasSubstr(" D u "));
  EXPECT_THAT(blocked_first, HasSubstr("percpu_rwsem_wait"));
  EXPECT_EQ((co_await all.run("fsfreeze --unfreeze /mnt/t")).exit_status, 0U) << all.output;
  // What could not be killed goes after all, and is reported once more.
  EXPECT_TRUE(co_await all.saw([&killed](event const& one) {
    auto const* late = std::get_if<wire::ended>(&one);
    return late && late->request == killed.request && !late->unkillable && late->signal == 9;
  }));
  EXPECT_TRUE(co_await all.saw([](event const& one) {
    auto const* beat = std::get_if<wire::beat>(&one);
    return beat && !beat->canaries.empty() && beat->canaries[0].pending_ms < 500;
  }));
  wanted.what = "dmesg";
  text.clear();
  EXPECT_TRUE(co_await all.line->collect(wanted, patience, sink));
  EXPECT_THAT(text, HasSubstr("Linux version"));
}

// Observations while an ordinary thread of the agent beats so often: both take turns a second long.
awaitable<int> observations_over(guest& all, int beats) {
  all.looked_at = all.events.size();
  int observed = 0;
  auto const have_come = [&](event const& one) {
    observed += std::holds_alternative<wire::observation>(one) ? 1 : 0;
    auto const* beat = std::get_if<wire::beat>(&one);
    return beat != nullptr && beat->source == wire::beat_source::ordinary && --beats == 0;
  };
  EXPECT_TRUE(co_await all.saw(have_come));
  co_return observed;
}

awaitable<void> rests_until_something_is_asked(guest& all) {
  EXPECT_LE(co_await observations_over(all, 16), 4);
  wire::start_workload asked;
  asked.name = std::string_view("asked");
  asked.script = "sleep 1000";
  EXPECT_TRUE(co_await all.line->start_workload(asked, patience));
  EXPECT_GE(co_await observations_over(all, 16), 11);
  wire::stop_workload over;
  over.name = std::string_view("asked");
  EXPECT_TRUE(co_await all.line->stop_workload(over, patience));
}

awaitable<void> live(guest& all) {
  auto const hello = co_await all.line->greet(boot_patience);
  EXPECT_TRUE(hello) << (hello ? "" : hello.error().message());
  if (!hello) co_return;
  EXPECT_TRUE(hello->complaints.empty()) << hello->complaints.front();
  co_await rests_until_something_is_asked(all);
  co_await tells_what_holds_a_workload(all);
  co_await lives_through_a_freeze(all);
  auto const began = all.time.now();
  auto const whole =
      co_await all.run("head -c 300000 /dev/urandom | tee /tmp/r; md5sum </tmp/r >&2");
  auto const made = whole.output_bytes + whole.error_bytes;
  EXPECT_GT(made, 300000U);
  EXPECT_EQ(all.output.size() + whole.unsent_bytes, made) << "what is left out is said";
  if (all.uart) {  // is kept free: so much at once, then little
    EXPECT_GE(all.output.size(), 64U * 1024U);
    EXPECT_LT(all.output.size(), 128U * 1024U);
  } else {
    EXPECT_EQ(whole.unsent_bytes, 0U);
  }
  std::printf("300 kB of output took %.1f s\n",
              std::chrono::duration<double>(all.time.now() - began).count());
  EXPECT_EQ(all.line->talk().line_counts().lost_frames, 0U);
  EXPECT_EQ(all.line->talk().line_counts().bad_payloads, 0U);
  // This QEMU ends with its guest, and may take the answer with it.
  std::ignore = co_await all.line->power(wire::power{}, patience);
  auto const ended = co_await loop::within(all.time, patience, all.process->wait());
  EXPECT_TRUE(ended && ended->clean());
}

awaitable<void> play(guest& all) {
  co_await all.begin();
  std::exception_ptr thrown;
  try {
    co_await live(all);
  } catch (...) {
    thrown = std::current_exception();
  }
  all.line->close();
  co_await all.nursery.stop();
  if (thrown) std::rethrow_exception(thrown);
}

std::string image_folder() {
  auto const set = [](char const* name) {
    char const* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (auto named = set("WEDGEHOG_LINUX_IMAGE"); !named.empty()) return named;
  auto const cache = set("XDG_CACHE_HOME");
  return (cache.empty() ? set("HOME") + "/.cache" : cache) + "/wedgehog/built/linux";
}

class agent_in_a_guest : public ::testing::TestWithParam<bool> {};

TEST_P(agent_in_a_guest, reports_through_a_freeze) {
  auto const image = image_folder();
  if (!std::filesystem::exists(image + "/vmlinuz"))
    GTEST_SKIP() << image << " holds no Linux image: wedgehog image build";
  if (std::system("command -v qemu-system-x86_64 >/dev/null") != 0)
    GTEST_SKIP() << "qemu-system-x86_64 is not installed";
  asio::io_context context;
  guest all(context, image, GetParam());
  testing::run_to_end(context, play(all), 500s);
}

INSTANTIATE_TEST_SUITE_P(line, agent_in_a_guest, ::testing::Values(false, true),
                         [](auto const& one) { return one.param ? "uart" : "virtio"; });

}  // namespace
}  // namespace wedgehog::agent
