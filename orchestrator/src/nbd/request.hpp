// What a client asks of a disk, free of any wire format.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wedgehog::nbd {

enum class operation : std::uint8_t { read, write, flush, trim, zero, status };
inline constexpr std::size_t operation_count = 6;
inline constexpr std::array<std::string_view, operation_count> operation_names = {
    "read", "write", "flush", "trim", "zero", "status"};

[[nodiscard]] constexpr std::string_view name_of(operation what) {
  return operation_names[static_cast<std::size_t>(what)];
}
[[nodiscard]] constexpr std::optional<operation> operation_named(std::string_view name) {
  for (std::size_t i = 0; i < operation_count; ++i)
    if (operation_names[i] == name) return static_cast<operation>(i);
  return std::nullopt;
}

struct request {
  operation what = operation::read;
  bool durable = false;     // FUA: on the medium before the answer
  bool allocate = false;    // zero: must not leave a hole
  bool one_extent = false;  // status: the answer describes one extent only
  std::uint32_t length = 0;
  std::uint64_t offset = 0;
  std::uint64_t cookie = 0;  // the client's, returned as it came
  bool operator==(request const&) const = default;
};

inline constexpr std::uint32_t sector_size = 512;

}  // namespace wedgehog::nbd
