#include "conductor/identity.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace wedgehog::conductor {
namespace {

using namespace std::string_literals;

constexpr std::size_t seed_bytes = 64;

result<std::string> random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  // getrandom(2): up to 256 bytes come at once and whole.
  if (::getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count))
    return system_failure("drawing random numbers", errno);
  return bytes;
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (char const one : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(one));
  return text;
}

// RFC 9562, "UUID Version 4": four bits say that it is random, two which kind of UUID it is.
std::string uuid(std::string bytes) {
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0fU) | 0x40U);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3fU) | 0x80U);
  auto const digits = hexadecimal(bytes);
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20));
}

}  // namespace

result<wire::become_another> another_identity() {
  auto const drawn = random_bytes(seed_bytes + 16 + 16 + 3);
  if (!drawn) return drawn.error();
  wire::become_another made;
  made.seed = drawn->substr(0, seed_bytes);
  made.machine_id = hexadecimal(drawn->substr(seed_bytes, 16));
  made.boot_id = uuid(drawn->substr(seed_bytes + 16, 16));
  made.host_name = "wedgehog-" + made.machine_id.substr(0, 8);
  // QEMU's own prefix.
  made.hardware_address = "\x52\x54\x00"s + drawn->substr(seed_bytes + 32, 3);
  made.unix_us = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                                std::chrono::system_clock::now().time_since_epoch())
                                                .count());
  return made;
}

}  // namespace wedgehog::conductor
