// wedgehog doctor: what this host has, and the remedy for each lack.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <fstream>

#include "base/units.hpp"
#include "cli/backend_on.hpp"
#include "cli/commands.hpp"
#include "cli/images.hpp"
#include "cli/interruptible.hpp"
#include "cli/opened_results.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"
#include "vm/accel.hpp"
#include "vm/libvirt/examination.hpp"
#include "vm/libvirt/uri.hpp"

namespace wedgehog::cli {
namespace {

enum class health { good, lacking, missing };

struct finding {
  std::string what;
  health state;
  std::string seen;
  std::string remedy;
};

std::uint64_t number_in(std::string const& file) {
  std::uint64_t value = 0;
  std::ifstream(file) >> value;
  return value;
}

std::uint64_t free_bytes(std::string const& folder) {
  struct statvfs space {};
  if (::statvfs(folder.c_str(), &space) != 0) return 0;
  return static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
}

std::string in_gib(std::uint64_t bytes) {
  return fmt::format("{:.1f} GiB free", static_cast<double>(bytes) / (1U << 30U));
}

loop::awaitable<void> probe(std::string cache, std::optional<result<vm::accel_answer>>& out) {
  static loop::real_clock time;
  out = co_await vm::choose_accelerator(time, vm::accel_choice::automatic, "qemu-system-x86_64",
                                        cache);
}

finding look_at_qemu() {
  std::string version;
  if (FILE* pipe = ::popen("qemu-system-x86_64 --version 2>/dev/null", "r")) {
    char text[256];
    if (std::fgets(text, sizeof text, pipe) != nullptr) version = text;
    ::pclose(pipe);
  }
  while (!version.empty() && version.back() == '\n') version.pop_back();
  if (version.empty())
    return {"QEMU", health::missing, "not found", "apt-get install qemu-system-x86"};
  int major = 0;
  int minor = 0;
  std::sscanf(version.c_str(), "QEMU emulator version %d.%d", &major, &minor);
  bool const old = major < 7 || (major == 7 && minor < 2);
  return {"QEMU", old ? health::missing : health::good, version,
          "at least 7.2 is needed (Debian 12 has it)"};
}

finding look_at_accelerator(places const& where) {
  boost::asio::io_context context;
  std::optional<result<vm::accel_answer>> answer;
  boost::asio::co_spawn(context, probe(where.cache + "/accelerator.json", answer),
                        [](std::exception_ptr thrown) {
                          if (thrown) std::rethrow_exception(thrown);
                        });
  context.run();
  if (!answer || !*answer)
    return {"accelerator", health::missing, answer ? answer->error().message() : "no answer",
            "see QEMU"};
  bool const kvm = (*answer)->chosen == vm::accelerator::kvm;
  return {"accelerator", kvm ? health::good : health::lacking, (*answer)->why,
          "without KVM guests are emulated: everything works, slower, and budgets are stretched"};
}

std::vector<finding> examine(places const& where, std::string const& results) {
  std::vector<finding> all;
  all.push_back(look_at_qemu());
  if (all.back().state != health::missing) all.push_back(look_at_accelerator(where));
  auto const tmpfs = free_bytes("/dev/shm");
  all.push_back({"/dev/shm", tmpfs < (1U << 30U) ? health::lacking : health::good, in_gib(tmpfs),
                 "guest memory lives there: mount -o remount,size=… /dev/shm, or set "
                 "WEDGEHOG_RUNTIME to another tmpfs"});
  auto const disk = free_bytes(results.empty() ? "/" : results);
  all.push_back({"results", disk < (2ULL << 30U) ? health::lacking : health::good,
                 fmt::format("{}, {}", results, in_gib(disk)),
                 "wreckage needs room: use --results on a larger disk"});
  auto const maps = number_in("/proc/sys/vm/max_map_count");
  all.push_back({"vm.max_map_count", maps < 262144 ? health::lacking : health::good,
                 std::to_string(maps),
                 "hundreds of machines need more maps: sysctl vm.max_map_count=1048576"});
  auto const watches = number_in("/proc/sys/fs/inotify/max_user_instances");
  all.push_back({"fs.inotify.max_user_instances", watches < 512 ? health::lacking : health::good,
                 std::to_string(watches),
                 "each run wants one, and without looks at its console five times a second: sysctl "
                 "fs.inotify.max_user_instances=1024"});
  constexpr std::uint64_t usual_memory = 256U << 20U;
  auto const room = room_here();
  auto const booted = farm::admit(room, farm::needs_of_booted(usual_memory));
  auto const clones = farm::admit(room, farm::idle(farm::needs_of_clone(usual_memory)));
  all.push_back({"runs at once", booted.fit == 0 ? health::lacking : health::good,
                 fmt::format("{} of 256 MiB that work ({})", booted.fit, booted.limited_by),
                 "end what else runs here, or wait: `-j auto` begins at least one"});
  all.push_back({"clones at once", clones.fit == 0 ? health::lacking : health::good,
                 fmt::format("{} of 256 MiB that idle ({})", clones.fit, clones.limited_by),
                 "end what else runs here"});
  auto const image = built_image(where, "linux");
  all.push_back({"image linux", image ? health::good : health::lacking,
                 image ? "kernel " + image->kernel_release : "not built yet",
                 "wedgehog image build linux"});
  all.push_back({"agent", ::access(where.agent.c_str(), X_OK) == 0 ? health::good : health::missing,
                 where.agent, "build the target wedgehog-agent"});
  return all;
}

int tell_all(std::vector<finding> const& all, common_options const& common) {
  int code = 0;
  for (auto const& one : all) {
    char const* word = one.state == health::good      ? "good"
                       : one.state == health::lacking ? "lacking"
                                                      : "missing";
    if (one.state == health::missing) code = exit_inconclusive;
    if (common.json) {
      print("{}\n",
            json::serialize(json::object{{"what", one.what},
                                         {"state", word},
                                         {"seen", one.seen},
                                         {"remedy", one.state == health::good ? "" : one.remedy}}));
      continue;
    }
    print("{:8} {:30} {}\n", word, one.what, one.seen);
    if (one.state != health::good) print("{:39} -> {}\n", "", one.remedy);
  }
  return code;
}

health health_of(vm::libvirt::daemon_health state) {
  switch (state) {
    case vm::libvirt::daemon_health::good:
      return health::good;
    case vm::libvirt::daemon_health::lacking:
      return health::lacking;
    case vm::libvirt::daemon_health::missing:
      return health::missing;
  }
  return health::missing;
}

int doctor_on(std::string const& on, std::string const& disks_tls, common_options const& common) {
  auto const host = host_named(on);
  if (!host) return complain(host.error().message(), exit_usage);
  auto const& uri = host->uri;
  if (!vm::libvirt::is_uri(uri))
    return complain(fmt::format("doctor: '{}' is no libvirt URI (qemu:///system …)", uri),
                    exit_usage);
  vm::libvirt::disk_terms const disks{host->disks_from,
                                      disks_tls.empty() ? host->disks_tls : disks_tls};
  loop::real_clock time;
  std::vector<finding> all;
  bool const stopped = perform_interruptible([&](work_context) -> loop::awaitable<void> {
    auto const found = co_await vm::libvirt::examine(time, uri, disks);
    for (auto const& one : found)
      all.push_back({one.what, health_of(one.state), one.seen, one.remedy});
  });
  return stopped ? exit_interrupted : tell_all(all, common);
}

int doctor(common_options const& common) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  auto const folder = results_folder(common.results);
  std::string existing = folder ? folder.value() : "";
  while (!existing.empty() && ::access(existing.c_str(), F_OK) != 0)
    existing.resize(existing.rfind('/'));
  return tell_all(examine(where.value(), existing), common);
}

}  // namespace

void add_doctor(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand("doctor", "What this host has, and the remedy for each lack");
  auto on = std::make_shared<std::string>();
  command->add_option("--on", *on, "Look at this libvirt daemon instead (qemu:///system …)");
  auto disks_tls = std::make_shared<std::string>();
  command->add_option("--disks-tls", *disks_tls,
                      "With --on: the certificates that a run would be given");
  command->callback([on, disks_tls, &common, &act] {
    act = [on, disks_tls, &common] {
      return on->empty() ? doctor(common) : doctor_on(*on, *disks_tls, common);
    };
  });
}

}  // namespace wedgehog::cli
