// disks_bench [disks] [seconds]: what idle disks cost, and how long a held request takes from its
// release to the client. All disks are served by one thread of this process, each to a client of
// its own, with conditions in place; the clients are plain blocking sockets of another thread.
// Defaults: 200 disks, 10 seconds.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <thread>

#include "loop/nursery.hpp"
#include "nbd/bytes.hpp"
#include "nbd/conditions/rate.hpp"
#include "nbd/fault_disk.hpp"
#include "nbd/server.hpp"

namespace {

using namespace wedgehog;
using namespace std::chrono_literals;
namespace asio = loop::asio;
using clock_type = std::chrono::steady_clock;

constexpr std::uint32_t write_size = 4096;
constexpr int releases = 500;

[[noreturn]] void give_up(std::string const& why) {
  throw std::runtime_error(why);
}

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto const s = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return s(usage.ru_utime) + s(usage.ru_stime);
}

double memory_kib() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string word; file >> word;)
    if (word == "Pss:") {
      double kib = 0;
      file >> kib;
      return kib;
    }
  return 0;
}

class client {
 public:
  explicit client(std::string const& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      give_up("connecting to " + path + ": " + std::strerror(errno));
    nbd::byte_buffer hello;
    hello.append_big(std::uint32_t{3});
    hello.append_big(std::uint64_t{0x49484156454f5054});  // "IHAVEOPT"
    hello.append_big(std::uint32_t{1});                   // EXPORT_NAME: the only one
    hello.append_big(std::uint32_t{0});
    send(hello);
    receive(18 + 10);
  }
  client(client const&) = delete;
  client& operator=(client const&) = delete;
  ~client() { ::close(fd_); }

  void write(std::uint64_t offset) {
    nbd::byte_buffer request;
    request.append_big(std::uint32_t{0x25609513});
    request.append_big(std::uint16_t{0});
    request.append_big(std::uint16_t{1});
    request.append_big(std::uint64_t{1});
    request.append_big(offset);
    request.append_big(write_size);
    request.append(std::string(write_size, 'x'));
    send(request);
  }
  void receive(std::size_t count) {
    char taken[64];
    while (count > 0) {
      auto const got = ::recv(fd_, taken, std::min(count, sizeof taken), 0);
      if (got <= 0) give_up("the server hung up");
      count -= static_cast<std::size_t>(got);
    }
  }

 private:
  void send(nbd::byte_buffer& bytes) {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      give_up("the server does not read");
  }
  int fd_;
};

struct served {
  std::unique_ptr<nbd::fault_disk> disk;
  std::unique_ptr<nbd::server> server;
};

class bench {
 public:
  // On the thread that owns the disks; waits for the outcome.
  template <class Work>
  auto on_loop(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto outcome = task.get_future();
    asio::post(context_, std::move(task));
    return outcome.get();
  }

  bench() {
    std::string pattern = "/dev/shm/wedgehog-bench-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) give_up("no folder " + pattern);
    folder_ = pattern;
    thread_ = std::thread([this] { context_.run(); });
  }
  ~bench() {
    on_loop([this] { asio::co_spawn(context_, stop(), [this](auto) { work_.reset(); }); });
    thread_.join();
    std::filesystem::remove_all(folder_);
  }

  void serve(int count) {
    on_loop([this, count] {
      for (int i = 0; i < count; ++i) add(i);
    });
    for (auto const& one : disks_) clients_.push_back(std::make_unique<client>(one.server->path()));
  }

  // Microseconds, sorted.
  std::vector<double> release_times() {
    auto& disk = *disks_.front().disk;
    auto& peer = *clients_.front();
    on_loop([&] { return disk.inject("stuck=hold:operations=write").has_value(); });
    std::vector<double> times;
    for (int i = 0; i < releases; ++i) {
      peer.write(65536);
      while (!on_loop([&] { return disk.sample().held == 1; })) std::this_thread::sleep_for(100us);
      std::this_thread::sleep_for(2ms);  // everybody sleeps, as in a run
      std::promise<clock_type::time_point> begun;
      asio::post(context_, [&] {
        begun.set_value(clock_type::now());
        static_cast<void>(disk.release({}));
      });
      peer.receive(16);
      auto const ended = clock_type::now();
      times.push_back(
          std::chrono::duration<double, std::micro>(ended - begun.get_future().get()).count());
    }
    std::sort(times.begin(), times.end());
    return times;
  }

 private:
  void add(int number) {
    auto const now = [this] { return time_.now(); };
    auto opened = nbd::fault_disk::open({.name = fmt::format("d{}", number), .size = 64U << 20U},
                                        now, &rates_);
    if (!opened) give_up(opened.error().message());
    served one;
    one.disk = std::move(*opened);
    for (auto const* const fault :
         {"slow=latency:delay=0ms", "bad=error:fraction=0", "held=hold:operations=flush"})
      if (auto const done = one.disk->inject(std::string_view(fault)); !done)
        give_up(done.error().message());
    one.server = std::make_unique<nbd::server>(context_.get_executor(), time_, *one.disk);
    if (auto const started = one.server->start(fmt::format("{}/{}", folder_, number)); !started)
      give_up(started.error().message());
    disks_.push_back(std::move(one));
  }
  loop::awaitable<void> stop() {
    for (auto& one : disks_) co_await one.server->stop();
    disks_.clear();
  }

  std::string folder_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  loop::real_clock time_;
  nbd::shared_rates rates_;
  std::vector<served> disks_;
  std::vector<std::unique_ptr<client>> clients_;
  std::thread thread_;
};

void measure(int count, int seconds) {
  bench all;
  auto const before = memory_kib();
  all.serve(count);
  auto const after = memory_kib();
  auto const begun = cpu_s();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  auto const used = cpu_s() - begun;
  fmt::print(
      "{} disks in one process, each with an idle connection: {:.1f} MiB, {:.0f} KiB a disk; "
      "CPU over {} s: {:.1f} ms\n",
      count, (after - before) / 1024, (after - before) / count, seconds, used * 1000);
  auto const times = all.release_times();
  fmt::print(
      "from the release of a held write to its reply at an NBD client: p50 {:.0f} us, p99 "
      "{:.0f} us, most {:.0f} us of {} (goal: 5000 us)\n",
      times[times.size() / 2], times[times.size() * 99 / 100], times.back(), times.size());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(argc > 1 ? std::atoi(argv[1]) : 200, argc > 2 ? std::atoi(argv[2]) : 10);
  } catch (std::exception const& failed) {
    fmt::print(stderr, "disks_bench: {}\n", failed.what());
    return 1;
  }
}
