#include "medium/examined.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/units.hpp"

namespace wedgehog::medium {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t sector = 2048;

struct packing {
  std::string_view begins;
  std::string_view name;
  std::string_view unpacked_by;
};
constexpr std::array<packing, 4> packings{{{"BZh", "bzip2", "bunzip2"},
                                           {"\x1f\x8b", "gzip", "gunzip"},
                                           {"\xfd"
                                            "7zXZ",
                                            "xz", "unxz"},
                                           {"\x28\xb5\x2f\xfd", "zstd", "unzstd"}}};

bool has_at(std::string_view bytes, std::size_t at, std::string_view what) {
  return bytes.size() >= at + what.size() && bytes.substr(at, what.size()) == what;
}

}  // namespace

std::string why_no_medium(std::string_view first_bytes, std::string_view disk_hint) {
  for (auto const& one : packings)
    if (first_bytes.starts_with(one.begins))
      return fmt::format("it is packed by {0}: unpack it first ({1})", one.name, one.unpacked_by);
  // ECMA-119, 8.1: volume descriptors begin in sector 16.
  if (has_at(first_bytes, 16 * sector + 1, "CD001")) {
    // El Torito 1.0, 2.0: the boot record stands in sector 17.
    if (has_at(first_bytes, 17 * sector + 7, "EL TORITO SPECIFICATION")) return {};
    return "nothing boots from it: it has no boot record (El Torito)";
  }
  std::string why = has_at(first_bytes, 510, "\x55\xaa")
                        ? "it is a disk, and a medium of ISO 9660 is wanted"
                        : "it is no medium of ISO 9660";
  if (has_at(first_bytes, 510, "\x55\xaa") && !disk_hint.empty())
    why += fmt::format(". {}", disk_hint);
  return why;
}

result<void> examine(std::string const& file, guest::medium const& wanted) {
  std::error_code failure;
  auto const kind = fs::status(file, failure).type();
  if (kind == fs::file_type::not_found) return recipe_error("there is no file " + file);
  if (kind != fs::file_type::regular)
    return recipe_error(file + " is no regular file: a medium is wanted");
  auto const bytes = fs::file_size(file, failure);
  std::ifstream stream(file, std::ios::binary);
  std::string head(bytes_to_look_at, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return host_error("reading " + file + " failed");
  if (auto const why = why_no_medium(head, wanted.no_disk); !why.empty())
    return recipe_error(fmt::format("{}: {}", file, why));
  if (bytes > wanted.most)
    return recipe_error(fmt::format("{} has {}, and {} has at most {}", file, describe_size(bytes),
                                    wanted.name, describe_size(wanted.most)));
  return {};
}

}  // namespace wedgehog::medium
