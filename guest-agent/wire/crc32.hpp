// CRC-32 (IEEE 802.3, reflected, the one of zlib and gzip): tells a frame from noise on a line that
// may lose or add bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wedgehog::wire {

namespace detail {
constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) ? 0xEDB88320U : 0U);
    table[i] = value;
  }
  return table;
}
inline constexpr auto crc_table = make_crc_table();
}  // namespace detail

// Continues from `before`: crc32(b, crc32(a)) == crc32(a + b).
inline std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0) {
  std::uint32_t value = ~before;
  for (char c : bytes)
    value = detail::crc_table[(value ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (value >> 8U);
  return ~value;
}

}  // namespace wedgehog::wire
