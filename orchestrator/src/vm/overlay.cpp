#include "vm/overlay.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>

#include "loop/descriptor.hpp"

namespace wedgehog::vm {
namespace {

constexpr std::uint64_t magic = 0x514649fb;  // "QFI\xfb"
constexpr std::uint64_t cluster_bits = 16;
constexpr std::uint64_t cluster = std::uint64_t{1} << cluster_bits;
constexpr std::uint64_t header_length = 104;
// One cluster of first-level entries, each for as much as a cluster of second-level entries names.
constexpr std::uint64_t covered_by_entry = cluster / 8 * cluster;
constexpr std::uint64_t longest_disk = cluster / 8 * covered_by_entry;
constexpr std::size_t longest_name = 1023;

std::uint64_t number_at(std::string_view bytes, std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[offset + i]);
  return value;
}

void put(std::string& bytes, std::size_t offset, std::size_t width, std::uint64_t value) {
  for (std::size_t i = width; i-- > 0; value >>= 8U)
    bytes[offset + i] = static_cast<char>(value & 0xffU);
}

result<std::uint64_t> size_of(std::string const& image) {
  loop::descriptor const file(::open(image.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return system_failure("opening the system disk " + image, errno);
  std::array<char, 32> head{};
  auto const got = ::pread(file.get(), head.data(), head.size(), 0);
  std::string_view const bytes(head.data(), head.size());
  if (got != static_cast<ssize_t>(head.size()) || number_at(bytes, 0, 4) != magic)
    return host_error(fmt::format("{} is no qcow2 image: build it again", image));
  auto const size = number_at(bytes, 24, 8);
  if (size == 0 || size > longest_disk)
    return host_error(fmt::format("{} says that it is {} bytes large", image, size));
  return size;
}

// The name behind the header; clusters: header, table of reference counts, their block, first-level
// table.
std::string empty_image(std::string const& base, std::uint64_t size) {
  std::string bytes(4 * cluster, '\0');
  constexpr std::string_view format = "qcow2";
  std::size_t const name_at = header_length + 8 + 8 + 8;
  put(bytes, 0, 4, magic);
  put(bytes, 4, 4, 3);
  put(bytes, 8, 8, name_at);
  put(bytes, 16, 4, base.size());
  put(bytes, 20, 4, cluster_bits);
  put(bytes, 24, 8, size);
  put(bytes, 36, 4, (size + covered_by_entry - 1) / covered_by_entry);
  put(bytes, 40, 8, 3 * cluster);
  put(bytes, 48, 8, cluster);
  put(bytes, 56, 4, 1);
  put(bytes, 96, 4, 4);  // reference counts of 16 bits
  put(bytes, 100, 4, header_length);
  put(bytes, header_length, 4, 0xe2792aca);  // extension: the format of the image below
  put(bytes, header_length + 4, 4, format.size());
  bytes.replace(header_length + 8, format.size(), format);
  bytes.replace(name_at, base.size(), base);
  put(bytes, cluster, 8, 2 * cluster);
  for (std::size_t used = 0; used < 4; ++used) put(bytes, 2 * cluster + 2 * used, 2, 1);
  return bytes;
}

}  // namespace

result<void> make_overlay(std::string const& base, std::string const& overlay) {
  std::error_code failure;
  auto const full = std::filesystem::absolute(base, failure).string();
  if (failure || full.size() > longest_name)
    return host_error(fmt::format("the path of the system disk {} is too long", base));
  auto const size = size_of(full);
  if (!size) return size.error();
  loop::descriptor const file(
      ::open(overlay.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file && errno == EEXIST) return {};
  if (!file) return system_failure("creating " + overlay, errno);
  auto const bytes = empty_image(full, size.value());
  if (::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()))
    return {};
  auto const lack = errno;
  ::unlink(overlay.c_str());
  return system_failure("writing " + overlay, lack);
}

}  // namespace wedgehog::vm
