// A vendor's medium: where it is fetched from, by what it is known, and which of its files are
// exchanged so that its loader and its system speak on the serial console. Read from
// images/NAME/medium.yaml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/complaint.hpp"

namespace wedgehog::guest {

struct checksum {
  std::string algorithm;  // as libcrypto calls it: "md5", "sha256", "sha512"
  std::string hex;        // lower case
  bool operator==(checksum const&) const = default;
};
// "sha256:1f2e…"; nothing when it is no such thing.
[[nodiscard]] std::optional<checksum> parse_checksum(std::string_view text);
[[nodiscard]] std::string print_checksum(checksum const& sum);
// One that this system can count.
[[nodiscard]] std::vector<std::string> checksum_algorithms();

struct exchanged_file {
  std::string path;  // on the medium, "/boot/loader.conf"
  std::string content;
  bool appended = false;  // behind what is there, which must be; else all that it holds
  bool operator==(exchanged_file const&) const = default;
};

struct medium {
  std::string name;  // the file's, "omnios-r151056.iso"
  std::string url;
  checksum sum;
  std::uint64_t most = 0;  // bytes that it has at most
  // What is said of a file that is a disk and no medium of ISO 9660; may be empty.
  std::string no_disk;
  std::vector<exchanged_file> exchange;
  bool operator==(medium const&) const = default;
};

struct medium_reading {
  medium value{};  // only whole when nothing is complained about
  std::vector<recipe::complaint> complaints{};
};

[[nodiscard]] medium_reading read_medium(std::string_view text);

// http or https, and nothing in it that a program could take for something else.
[[nodiscard]] bool is_web_address(std::string_view text);

}  // namespace wedgehog::guest
