#include "faults/cpu_group.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

namespace wedgehog::faults {
namespace {

namespace files = std::filesystem;

constexpr std::string_view prefix = "wedgehog-";

error with_remedy(std::string_view what) {
  return host_error(
      fmt::format("{}; processor quotas need a cgroup that may be divided: run with `systemd-run "
                  "--scope -p Delegate=cpu`, and with its --user if you are not root",
                  what));
}

std::vector<std::string_view> cut(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto const end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool has_word(std::string_view list, std::string_view word) {
  auto const words = cut(list, ',');
  return std::find(words.begin(), words.end(), word) != words.end();
}

// proc(5), /proc/PID/cgroup: "4:cpu,cpuacct:/user.slice", for version 2 "0::/user.slice".
std::optional<std::string_view> path_of(std::string_view memberships, int version) {
  for (auto const line : cut(memberships, '\n')) {
    auto const first = line.find(':');
    auto const second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos) continue;
    auto const controllers = line.substr(first + 1, second - first - 1);
    bool const ours =
        version == 1 ? has_word(controllers, "cpu") : line.substr(0, second + 1) == "0::";
    if (ours) return line.substr(second + 1);
  }
  return std::nullopt;
}

struct mount {
  std::string_view root;  // the group that is seen at `at`
  std::string_view at;
};

// proc(5), /proc/PID/mountinfo: "36 35 98:0 /root /mounted rw master:1 - cgroup none rw,cpu".
std::optional<mount> mount_of(std::string_view mounts, int version) {
  for (auto const line : cut(mounts, '\n')) {
    auto const dash = line.find(" - ");
    if (dash == line.npos) continue;
    auto const before = cut(line.substr(0, dash), ' ');
    auto const after = cut(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3) continue;
    bool const ours =
        version == 1 ? after[0] == "cgroup" && has_word(after[2], "cpu") : after[0] == "cgroup2";
    if (ours) return mount{before[3], before[4]};
  }
  return std::nullopt;
}

std::string read_all(std::string const& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// These files take a whole value in one write, and say in errno what they think of it.
result<void> put(std::string const& path, std::string const& text) {
  int const file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  bool const done =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  int const failed = errno;
  if (file >= 0) ::close(file);
  if (done) return {};
  return system_failure(fmt::format("writing {} to {}", text, path), failed);
}

std::string limit_file(int version) {
  return version == 1 ? "/cpu.cfs_quota_us" : "/cpu.max";
}

result<void> limit(std::string const& folder, int version, double processors, microseconds period) {
  auto const quota = std::llround(processors * static_cast<double>(period.count()));
  if (version == 2) return put(folder + "/cpu.max", fmt::format("{} {}", quota, period.count()));
  if (auto done = put(folder + "/cpu.cfs_period_us", std::to_string(period.count())); !done)
    return done;
  return put(folder + "/cpu.cfs_quota_us", std::to_string(quota));
}

bool lives(pid_t process) {
  return ::kill(process, 0) == 0 || errno == EPERM;
}

// What an orchestrator that was killed has left. A group with processes in it cannot be removed.
void sweep(std::string const& parent) {
  std::error_code failed;
  files::directory_iterator entry(parent, failed);
  for (; !failed && entry != files::directory_iterator(); entry.increment(failed)) {
    auto const name = entry->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    pid_t process = 0;
    auto const* const digits = name.data() + prefix.size();
    auto const read = std::from_chars(digits, name.data() + name.size(), process);
    if (read.ec == std::errc() && !lives(process)) ::rmdir(entry->path().c_str());
  }
}

result<void> make(group_plan const& made, int version) {
  auto const parent = files::path(made.folder).parent_path().string();
  sweep(parent);
  if (!made.parent_divides)
    if (auto told = put(parent + "/cgroup.subtree_control", "+cpu"); !told) return told;
  if (::mkdir(made.folder.c_str(), 0755) != 0)
    return system_failure("making the cgroup " + made.folder, errno);
  if (files::exists(made.folder + limit_file(version))) return {};
  ::rmdir(made.folder.c_str());
  return host_error(fmt::format("the cgroup {} does not divide processors", parent));
}

std::optional<group_place> place_of(pid_t process) {
  auto const of = fmt::format("/proc/{}/", process);
  return place_in_groups(read_all(of + "cgroup"), read_all(of + "mountinfo"));
}

result<group_plan> make_for(pid_t process, group_place const& place, std::string_view purpose) {
  auto made = plan_group(place, fmt::format("{}{}{}", prefix, process, purpose));
  if (auto done = make(made, place.version); !done) return with_remedy(done.error().what());
  return made;
}

}  // namespace

std::optional<group_place> place_in_groups(std::string_view memberships, std::string_view mounts) {
  for (int const version : {1, 2}) {
    auto const path = path_of(memberships, version);
    auto const where = mount_of(mounts, version);
    if (!path || !where) continue;
    group_place place{version, std::string(where->at), std::string(where->at)};
    std::string_view below = *path;
    // A part of the hierarchy may be mounted, as in a container.
    if (where->root != "/" && below.starts_with(where->root))
      below.remove_prefix(where->root.size());
    if (below != "/") place.folder += below;
    return place;
  }
  return std::nullopt;
}

group_plan plan_group(group_place const& place, std::string_view name) {
  bool const at_root = place.folder == place.mount;
  auto const parent = place.version == 1 || at_root
                          ? place.folder
                          : files::path(place.folder).parent_path().string();
  return {fmt::format("{}/{}", parent, name), place.version == 1 || !at_root};
}

cpu_group::cpu_group(pid_t process, group_place from, group_plan made)
    : process_(process), from_(std::move(from)), made_(std::move(made)) {}

cpu_group::cpu_group(cpu_group&& other) noexcept
    : process_(other.process_),
      from_(std::move(other.from_)),
      made_(std::move(other.made_)),
      stands_(std::exchange(other.stands_, false)) {}

cpu_group::~cpu_group() {
  (void)dissolve();
}

result<cpu_group> cpu_group::targets(pid_t process, double processors, microseconds period) {
  auto const place = place_of(process);
  if (!place) return with_remedy("no cgroup divides processors here");
  if (files::path(place->folder).filename().string().starts_with(prefix))
    return recipe_error("there is a processor quota already: heal that first");
  auto made = make_for(process, *place, "");
  if (!made) return made.error();
  cpu_group group(process, *place, made.value());
  auto limited = limit(group.made_.folder, place->version, processors, period);
  if (limited) limited = put(group.made_.folder + "/cgroup.procs", std::to_string(process));
  if (!limited) return with_remedy(limited.error().what());
  return group;
}

std::uint64_t cpu_group::throttled() const {
  std::istringstream lines(read_all(made_.folder + "/cpu.stat"));
  std::string name;
  std::uint64_t value = 0;
  while (lines >> name >> value)
    if (name == "nr_throttled") return value;
  return 0;
}

result<void> cpu_group::dissolve() {
  if (!std::exchange(stands_, false)) return {};
  auto const back = put(from_.folder + "/cgroup.procs", std::to_string(process_));
  if (::rmdir(made_.folder.c_str()) == 0) return {};  // nobody is in it, back or gone
  if (!back) return back;
  return system_failure("removing the cgroup " + made_.folder, errno);
}

std::string why_no_quota() {
  auto const place = place_of(::getpid());
  if (!place) return with_remedy("no cgroup divides processors here").message();
  auto const made = make_for(::getpid(), *place, "-try");
  if (!made) return made.error().message();
  ::rmdir(made->folder.c_str());
  return {};
}

}  // namespace wedgehog::faults
