#include "adoption/source_disk.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "adoption/disk_tool.hpp"
#include "base/described.hpp"
#include "base/units.hpp"
#include "loop/temporary.hpp"

namespace wedgehog::adoption {
namespace fs = std::filesystem;

namespace {

// A system that boots writes logs, and the agent has to fit.
constexpr std::uint64_t room_to_grow = std::uint64_t{1} << 30U;

std::uint64_t whole_number(json::object const& of, char const* key) {
  auto const* const found = of.if_contains(key);
  if (found == nullptr || !found->is_int64() || found->get_int64() < 0) return 0;
  return static_cast<std::uint64_t>(found->get_int64());
}

result<source_disk> read_description(std::string file, std::string const& text) {
  boost::system::error_code failure;
  auto const value = json::parse(text, failure);
  if (failure || !value.is_object()) return host_error("qemu-img gives no description of " + file);
  auto const& said = value.get_object();
  if (said.contains("backing-filename"))
    return recipe_error(fmt::format(
        "{} is only what differs from another file ({}): qemu-img convert makes one disk of both",
        file, text_at(said, "backing-filename")));
  if (said.contains("encrypted") && said.at("encrypted") == json::value(true))
    return recipe_error(file + " is encrypted: qemu-img convert makes a plain disk of it");
  source_disk made{.file = std::move(file), .format = text_at(said, "format")};
  made.disk_bytes = whole_number(said, "virtual-size");
  made.used_bytes = whole_number(said, "actual-size");
  std::error_code ignored;
  made.file_bytes = fs::file_size(made.file, ignored);
  return made;
}

loop::awaitable<result<std::string>> first_bytes(source_disk const& of) {
  auto const place = loop::temporary_directory::make();
  if (!place) co_return place.error();
  auto const head = place->path() + "/head";
  std::vector<std::string> const asked{"dd",
                                       "-f",
                                       of.format,
                                       "-O",
                                       "raw",
                                       "bs=512",
                                       fmt::format("count={}", bytes_to_look_at / 512),
                                       "if=" + of.file,
                                       "of=" + head};
  auto const done = co_await disk_tool(asked);
  if (!done) co_return done.error();
  std::ifstream stream(head, std::ios::binary);
  co_return std::string{std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

std::string why_not_bootable(std::string_view first_bytes) {
  constexpr std::size_t sector = 512;
  // ECMA-119: the first volume descriptor is in sector 16 of 2048 bytes.
  constexpr std::size_t descriptor = 16 * 2048;
  if (first_bytes.size() >= descriptor + 6 && first_bytes.substr(descriptor + 1, 5) == "CD001")
    return "it is a medium to install from (ISO 9660), and a disk with an installed system is "
           "wanted";
  if (first_bytes.size() < sector || first_bytes.substr(sector - 2, 2) != "\x55\xaa")
    return "it has no boot sector: it is no disk of a PC, or only a partition of one";
  // UEFI 2.10, 5.2.3: a protective partition is of type 0xee. Its own first sector may still hold a
  // loader for the BIOS.
  bool const guid_table =
      first_bytes.size() >= sector + 8 && first_bytes.substr(sector, 8) == "EFI PART";
  bool const no_code = first_bytes.substr(0, 440).find_first_not_of('\0') == std::string_view::npos;
  if (guid_table && no_code)
    return "it boots by UEFI alone: its first sector holds no loader for a PC's BIOS";
  if (no_code) return "its first sector holds no loader";
  return {};
}

loop::awaitable<result<source_disk>> examine(std::string file) {
  std::error_code failure;
  auto const full = fs::absolute(file, failure).lexically_normal().string();
  auto const kind = fs::status(full, failure).type();
  if (kind == fs::file_type::not_found) co_return recipe_error("there is no file " + file);
  if (kind != fs::file_type::regular)
    co_return recipe_error(file + " is no regular file: a disk image is wanted");
  std::vector<std::string> const asked{"info", "--output=json", full};
  auto const described = co_await disk_tool(asked);
  if (!described) {
    auto why = described.error();
    co_return std::move(why).within("looking at " + file);
  }
  auto made = read_description(full, *described);
  if (!made) co_return made;
  auto const head = co_await first_bytes(*made);
  if (!head) co_return head.error();
  if (auto const why = why_not_bootable(*head); !why.empty())
    co_return recipe_error(
        fmt::format("{} ({}, {}): {}", file, made->format, describe_size(made->disk_bytes), why));
  co_return made;
}

loop::awaitable<result<void>> copy(source_disk const& from, std::string to) {
  std::error_code failure;
  auto const room = fs::space(fs::path(to).parent_path(), failure);
  auto const needed = from.used_bytes + room_to_grow;
  if (!failure && room.available < needed)
    co_return host_error(fmt::format(
        "there is not enough room for a copy of {}: {} are free in {}, {} are needed", from.file,
        describe_size(room.available), fs::path(to).parent_path().string(), describe_size(needed)));
  std::vector<std::string> const asked{"convert", "-f", from.format, "-O", "qcow2", from.file, to};
  auto const done = co_await disk_tool(asked);
  if (!done) co_return done.error();
  co_return result<void>();
}

}  // namespace wedgehog::adoption
