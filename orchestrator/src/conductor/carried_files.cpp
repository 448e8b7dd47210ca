#include "conductor/carried_files.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "archive/pack.hpp"
#include "base/units.hpp"
#include "conductor/planned_machine.hpp"
#include "folder/checksum.hpp"
#include "folder/files.hpp"

namespace wedgehog::conductor {

result<void> pack_files(plan::plan const& what, std::filesystem::path const& folder) {
  auto const list = folder / "files.json";
  // It is written last.
  if (std::error_code unknown; what.files.empty() || std::filesystem::exists(list, unknown))
    return {};
  std::vector<archive::to_pack> wanted;
  for (auto const& [to, from] : what.files) wanted.push_back({from, to});
  auto const packed = archive::pack(wanted, files_tar(folder.string()));
  if (!packed) return packed.error();
  json::array all;
  for (auto const& one : *packed) {
    auto const sum = folder::sha256_of_file(one.from, {});
    if (!sum) return sum.error();
    all.push_back(
        {{"to", one.to}, {"from", one.from.string()}, {"bytes", one.bytes}, {"sha256", *sum}});
  }
  return folder::write_document(list, json::serialize(all) + "\n");
}

std::string packing_script(std::vector<std::string> const& paths) {
  std::string script = "cd / && exec tar -cf -";
  for (auto const& path : paths)
    script +=
        fmt::format(" './{}'", path.substr(std::min(path.find_first_not_of('/'), path.size())));
  return script;
}

std::string describe(archive::unpacked const& what) {
  auto text = fmt::format("{} files, {}", what.files, describe_size(what.bytes));
  if (what.left_out > 0) text += fmt::format("; left out {}: {}", what.left_out, what.why);
  return text;
}

}  // namespace wedgehog::conductor
