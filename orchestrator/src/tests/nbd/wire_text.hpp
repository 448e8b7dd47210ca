// NBD bytes for tests: requests and options as a client would write them, and hex of what came.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "nbd/bytes.hpp"

namespace wedgehog::testing {

template <class T>
std::string big(T value) {
  std::string text(sizeof(T), '\0');
  nbd::store_big(reinterpret_cast<std::byte*>(text.data()), value);
  return text;
}

inline std::string raw_request(std::uint16_t command, std::uint64_t offset, std::uint32_t length,
                               std::uint16_t flags = 0, std::uint64_t cookie = 1) {
  return big<std::uint32_t>(0x25609513) + big(flags) + big(command) + big(cookie) + big(offset) +
         big(length);
}

inline std::string raw_option(std::uint32_t option, std::string const& data = {}) {
  return "IHAVEOPT" + big(option) + big(static_cast<std::uint32_t>(data.size())) + data;
}

inline std::string counted(std::string const& text) {
  return big(static_cast<std::uint32_t>(text.size())) + text;
}

inline std::string hex(nbd::byte_buffer const& bytes) {
  std::string text;
  for (auto const one : bytes.view()) text += fmt::format("{:02x}", std::to_integer<int>(one));
  return text;
}

}  // namespace wedgehog::testing
