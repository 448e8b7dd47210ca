// What a script, a workload or a collector in the guest writes, piece by piece. See messages.hpp
// for the rules.
#pragma once

#include <cstdint>
#include <string>

#include "wire/fields.hpp"
#include "wire/message_type.hpp"

namespace wedgehog::wire {

enum class output_stream : std::uint8_t { standard_output = 0, standard_error = 1 };

struct output {
  static constexpr auto type = message_type::output;
  std::uint64_t request = 0;
  output_stream stream = output_stream::standard_output;
  std::uint64_t offset = 0;  // of the first byte, in all that the stream produced: a gap was lost
  std::string bytes;
  name_text workload;  // empty: of something else
  // Not 0: `bytes` are packed (packing.hpp), and this is how many they were. Only where the request
  // said that this is understood.
  std::uint64_t unpacked = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.stream);
    visit(3, self.offset);
    visit(4, self.bytes);
    visit(5, self.workload);
    visit(6, self.unpacked);
  }
};

}  // namespace wedgehog::wire
