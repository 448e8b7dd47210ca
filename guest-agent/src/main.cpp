// The agent in the guest. It tells the host that the guest lives, what its workloads achieve and
// what its kernel does, and runs what the host asks for. It is one static binary, locked into
// memory, and opens no file on a disk itself.
//
//   wedgehog-agent [--port] /dev/virtio-ports/org.wedgehog.agent.0    or a UART: /dev/ttyS1
//   wedgehog-agent --socket PATH | --stdio                          tests on a host
//   wedgehog-agent tick [N]                                         in a workload: N more are done
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "bodies.hpp"
#include "clock.hpp"
#include "os/os.hpp"
#include "outbox.hpp"
#include "port.hpp"
#include "signs_of_life.hpp"
#include "supervisor.hpp"

namespace wedgehog::guest {
namespace {

constexpr char const* version = "0.1.0";

int tick(std::uint64_t count) {
  char const* const path = std::getenv("WEDGEHOG_COUNTER");
  if (!path) {
    print(STDERR_FILENO, "wedgehog-agent tick: WEDGEHOG_COUNTER is not set: this is no workload\n");
    return 2;
  }
  int const fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return complain(std::string("opening ") + path);
  void* const memory = mmap(nullptr, sizeof count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return complain(std::string("mapping ") + path);
  *static_cast<std::atomic<std::uint64_t>*>(memory) += count;
  return 0;
}

int usage() {
  print(STDERR_FILENO,
        "usage: wedgehog-agent [--port] DEVICE | --socket PATH | --stdio | tick [N] | --version\n");
  return 2;
}

std::string counter_directory() {
  for (auto const& base : os::memory_directories()) {
    auto const path = base + "/wedgehog";
    if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) {
      if (access(path.c_str(), W_OK) == 0) return path;
    }
  }
  return "/tmp";
}

bool open_line(std::vector<std::string> const& arguments, port& line, bool& in_guest) {
  std::string why;
  if (arguments.size() == 2 && arguments[0] == "--port") {
    in_guest = true;
    // The port may appear a little after us: its driver is a module.
    for (int attempt = 0; attempt < 100; ++attempt) {
      if (open_device(arguments[1], line, why)) return true;
      sleep_us(100000);
    }
  } else if (arguments.size() == 2 && arguments[0] == "--socket") {
    if (accept_socket(arguments[1], line, why)) return true;
  } else if (use_standard_streams(line)) {
    return true;
  }
  print(STDERR_FILENO, "wedgehog-agent: " + why + "\n");
  return false;
}

int serve(std::vector<std::string> const& arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  static port line;
  supervisor_options options;
  if (!open_line(arguments, line, options.in_guest)) return 1;
  options.counter_directory = counter_directory();

  wire::hello hello;
  hello.protocol = wire::protocol_version;
  hello.oldest_protocol = wire::oldest_protocol_version;
  hello.session = now_us() ^ (static_cast<std::uint64_t>(getpid()) << 48U);
  hello.agent = version;
  hello.guest_us = now_us();
  os::identify(hello);
  os::prepare_process(hello.complaints);
  if (options.in_guest) os::hold_evidence(hello.complaints);
  // Both live as long as their threads: for ever.
  auto* const out = new outbox(line.slow ? outbox::slow_backlog : outbox::usual_backlog);
  auto* const shown = new board;
  start_signs_of_life(line, *out, *shown, hello.complaints);
  supervisor(line, options, hello, *out, *shown).serve();
  _exit(0);
}

int run(std::vector<std::string> arguments) {
  if (arguments.empty()) return usage();
  if (arguments.size() == 1 && arguments[0][0] == '/')
    arguments.insert(arguments.begin(), "--port");
  auto const& verb = arguments[0];
  if (verb == "--canary") return 0;  // having been executed from a sick disk is all there is to it
  if (verb == "--version") return print(STDOUT_FILENO, std::string(version) + "\n") ? 0 : 1;
  if (verb == "tick")
    return tick(arguments.size() > 1 ? std::strtoull(arguments[1].c_str(), nullptr, 10) : 1);
  bool const known = (arguments.size() == 2 && (verb == "--port" || verb == "--socket")) ||
                     (arguments.size() == 1 && verb == "--stdio");
  return known ? serve(arguments) : usage();
}

}  // namespace
}  // namespace wedgehog::guest

int main(int argc, char** argv) {
  return wedgehog::guest::run(std::vector<std::string>(argv + 1, argv + argc));
}
