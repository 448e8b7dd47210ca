#include "folder/owner.hpp"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>

namespace wedgehog::folder {
namespace {

// Field 22 of /proc/PID/stat; nothing when there is no such process, or only its zombie.
std::optional<std::uint64_t> start_of(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return {};
  // proc(5): field 2 is the name in parentheses and may itself hold spaces and parentheses.
  auto const name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(line.substr(name_end + 1));
  std::string state;
  rest >> state;
  std::string skipped;
  for (int field = 4; field < 22; ++field) rest >> skipped;
  std::uint64_t began = 0;
  if (!(rest >> began) || state == "Z" || state == "X") return {};
  return began;
}

}  // namespace

owner this_process() {
  owner self;
  utsname names{};
  if (uname(&names) == 0) self.host = names.nodename;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> self.boot;
  struct stat space {};
  if (stat("/proc/self/ns/pid", &space) == 0) self.pid_namespace = space.st_ino;
  self.pid = getpid();
  self.began = start_of(self.pid).value_or(0);
  return self;
}

presence look_for(owner const& whose) {
  owner const here = this_process();
  if (whose.boot.empty() || here.boot.empty()) return presence::unknown;
  if (whose.boot != here.boot) return whose.host == here.host ? presence::gone : presence::unknown;
  if (whose.pid_namespace != here.pid_namespace) return presence::unknown;
  auto const began = start_of(whose.pid);
  return began && *began == whose.began ? presence::alive : presence::gone;
}

}  // namespace wedgehog::folder
