#include "adoption/seal.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <cerrno>
#include <sstream>

#include "base/described.hpp"
#include "folder/checksum.hpp"
#include "folder/files.hpp"

namespace wedgehog::adoption {

std::string profile_of_adopted(std::string const& text, std::string const& name) {
  std::string made;
  std::istringstream lines(text);
  bool in_dialogue = false;
  for (std::string line; std::getline(lines, line);) {
    auto const indent = line.find_first_not_of(' ');
    if (in_dialogue && (indent == std::string::npos || indent > 2)) continue;
    in_dialogue = line.starts_with("  dialogue:");
    if (in_dialogue) continue;
    made += (line.starts_with("name: ") ? "name: " + name : line) + "\n";
  }
  return made;
}

result<void> seal(std::string const& folder, made_from const& how) {
  auto const disk = fmt::format("{}/{}", folder, system_disk);
  if (::chmod(disk.c_str(), 0444) != 0)
    return system_failure("making " + disk + " read-only", errno);
  auto const sum = folder::sha256_of_file(disk);
  if (!sum) return sum.error();
  struct stat what {};
  if (::stat(disk.c_str(), &what) != 0) return system_failure("looking at " + disk, errno);
  json::object const file{{"sha256", *sum}, {"bytes", static_cast<std::uint64_t>(what.st_size)}};
  json::object const adopted{{"kind", how.kind},
                             {"source", how.source},
                             {"source_sha256", how.source_sha256},
                             {"source_format", how.source_format},
                             {"source_bytes", how.source_bytes},
                             {"agent", how.agent_version},
                             {"agent_sha256", how.agent_sha256},
                             {"transcript", transcript},
                             {"wedgehog", how.wedgehog},
                             {"when", how.when},
                             {"inputs", how.inputs}};
  json::object all{
      {"format", 1},
      {"name", how.name},
      {"os", how.os},
      {"kernel_release", how.kernel_release},
      {"files", {{system_disk, file}}},
      {"sealed", {{"mtime_ns", what.st_mtim.tv_sec * 1'000'000'000LL + what.st_mtim.tv_nsec}}},
      {"adopted", adopted}};
  if (!how.packages.empty()) all["packages"] = to_json(how.packages);
  return folder::write_document(folder + "/image.json", json::serialize(all) + "\n");
}

}  // namespace wedgehog::adoption
