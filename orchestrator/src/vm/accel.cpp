#include "vm/accel.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/described.hpp"
#include "loop/process.hpp"
#include "loop/small_file.hpp"
#include "loop/temporary.hpp"

namespace wedgehog::vm {
namespace {

using namespace std::chrono_literals;

// A KVM that works needs about 40 ms here, TCG about 200 ms; a KVM without hardware below it, many
// seconds.
constexpr auto marker_deadline = 3s;

// x86 starts in real mode at f000:fff0, the last 16 bytes of a 64 KiB ROM.
std::string probe_rom() {
  std::string rom(65536, '\x90');
  constexpr unsigned char program[] = {0x66, 0xb9, 0x00, 0x2d, 0x31, 0x01,  // mov ecx, 20'000'000
                                       0x66, 0x49,                          // dec ecx
                                       0x75, 0xfc,                          // jnz to the dec
                                       0xb0, 0x57,                          // mov al, 'W'
                                       0xe6, 0xe9,                          // out 0xe9, al
                                       0xf4, 0xeb, 0xfd};                   // hlt, for ever
  constexpr unsigned char reset_vector[] = {0xea, 0x00, 0x00, 0x00, 0xf0};  // jmp f000:0000
  std::copy(std::begin(program), std::end(program), rom.begin());
  std::copy(std::begin(reset_vector), std::end(reset_vector), rom.begin() + 0xfff0);
  return rom;
}

std::string read_all(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct remembered_answer {
  std::string chosen;
  std::string why;
  bool operator==(remembered_answer const&) const = default;
};
BOOST_DESCRIBE_STRUCT(remembered_answer, (), (chosen, why))

// By the path of QEMU: which program is asked for changes from call to call.
struct remembered_answers {
  std::string boot;
  std::map<std::string, remembered_answer> of;
  bool operator==(remembered_answers const&) const = default;
};
BOOST_DESCRIBE_STRUCT(remembered_answers, (), (boot, of))

constexpr std::size_t longest_cache = 64U << 10U;
constexpr std::size_t most_remembered = 16;

std::string boot_id() {
  auto id = read_all("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

// Those of this boot; none when the file is of another or damaged.
remembered_answers recall_all(std::string const& cache_file) {
  remembered_answers all;
  auto const text = loop::read_small_file(cache_file, longest_cache);
  boost::system::error_code failure;
  auto const value = text ? json::parse(text.value(), failure) : json::value();
  if (!failure && value.is_object()) from_object(value.get_object(), all);
  if (all.boot != boot_id() || all.of.size() > most_remembered) all = {};
  return all;
}

std::optional<remembered_answer> recall(std::string const& cache_file, std::string const& qemu) {
  if (cache_file.empty()) return std::nullopt;
  auto const all = recall_all(cache_file);
  auto const found = all.of.find(qemu);
  if (found == all.of.end() || found->second.chosen.empty()) return std::nullopt;
  return found->second;
}

void remember(std::string const& cache_file, std::string const& qemu, remembered_answer answer) {
  if (cache_file.empty()) return;
  auto all = recall_all(cache_file);
  if (all.of.size() >= most_remembered) all.of.clear();
  all.boot = boot_id();
  all.of[qemu] = std::move(answer);
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(cache_file).parent_path(), ignored);
  std::string const fresh = fmt::format("{}.{}", cache_file, ::getpid());
  std::ofstream(fresh) << json::serialize(to_object(all)) << '\n';
  std::filesystem::rename(fresh, cache_file, ignored);
}

std::string kvm_refusal() {
  int const device = ::open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (device >= 0) {
    ::close(device);
    return {};
  }
  if (errno == ENOENT)
    return "/dev/kvm does not exist: no hardware virtualisation, or its module is not loaded";
  if (errno == EACCES) return "/dev/kvm may not be opened by this user: join the group kvm";
  return system_failure("opening /dev/kvm", errno).message();
}

}  // namespace

loop::awaitable<result<loop::duration>> reach_marker(loop::clock& time, accelerator which,
                                                     std::string qemu, loop::duration deadline) {
  auto place = loop::temporary_directory::make();
  if (!place) co_return place.error();
  std::string const rom = place->path() + "/rom";
  std::string const marker = place->path() + "/marker";
  std::string const words = place->path() + "/qemu.log";
  std::ofstream(rom, std::ios::binary) << probe_rom();
  loop::process_options options;
  options.argv = {qemu,
                  "-machine",
                  fmt::format("pc,accel={}", name_of(which)),
                  "-m",
                  "1M",
                  "-nodefaults",
                  "-no-user-config",
                  "-display",
                  "none",
                  "-bios",
                  rom,
                  "-chardev",
                  "file,id=marker,path=" + marker,
                  "-device",
                  "isa-debugcon,iobase=0xe9,chardev=marker"};
  options.output_file = words;
  auto const begin = time.now();
  auto child = loop::process::start(co_await loop::asio::this_coro::executor, options);
  if (!child) co_return child.error();
  while (time.now() - begin < deadline) {
    if (read_all(marker) == "W") co_return time.now() - begin;
    if (auto ended = child->poll())
      co_return host_error(
          fmt::format("QEMU ended with {}: {}", describe(*ended), read_all(words)));
    co_await time.sleep_for(10ms);
  }
  co_return host_error(
      fmt::format("a test guest did not reach its marker within {}",
                  describe_duration(std::chrono::duration_cast<microseconds>(deadline))));
}

loop::awaitable<result<accel_answer>> choose_accelerator(loop::clock& time, accel_choice asked,
                                                         std::string qemu, std::string cache_file) {
  if (asked == accel_choice::tcg) co_return accel_answer{accelerator::tcg, "tcg: asked for", false};
  if (auto known = recall(cache_file, qemu)) {
    bool const works = known->chosen == "kvm";
    if (asked == accel_choice::kvm && !works)
      co_return host_error("KVM does not work on this host: " + known->why);
    co_return accel_answer{works ? accelerator::kvm : accelerator::tcg, known->why, true};
  }
  std::string why_not = kvm_refusal();
  if (why_not.empty()) {
    auto const reached = co_await reach_marker(time, accelerator::kvm, qemu, marker_deadline);
    if (reached) {
      auto const took = std::chrono::duration_cast<microseconds>(reached.value());
      accel_answer const answer{
          accelerator::kvm,
          fmt::format("kvm: a test guest reached its marker in {}", describe_duration(took)),
          false};
      remember(cache_file, qemu, {"kvm", answer.why});
      co_return answer;
    }
    why_not = "/dev/kvm opens, but " + reached.error().message();
  }
  if (asked == accel_choice::kvm)
    co_return host_error("KVM does not work on this host: " + why_not);
  // TCG must work in its turn: a missing QEMU is said here, once, in QEMU's own words.
  auto const emulated = co_await reach_marker(time, accelerator::tcg, qemu, 10 * marker_deadline);
  if (!emulated)
    co_return error(emulated.error())
        .within(
            "trying QEMU with software emulation (tcg); is QEMU installed (apt-get install "
            "qemu-system-x86)?");
  accel_answer const answer{accelerator::tcg, "tcg: " + why_not, false};
  remember(cache_file, qemu, {"tcg", answer.why});
  co_return answer;
}

}  // namespace wedgehog::vm
