// What a client asks of a disk, free of any wire format.
#pragma once

#include <cstdint>

#include "base/enum_words.hpp"

namespace wedgehog::nbd {

enum class operation : std::uint8_t { read, write, flush, trim, zero, status };
BOOST_DESCRIBE_ENUM(operation, read, write, flush, trim, zero, status)
using wedgehog::name_of;
using wedgehog::parse_name;
inline constexpr std::size_t operation_count = words_of_enum<operation>.size();

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
