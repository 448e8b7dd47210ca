#include "vm/line_cutter.hpp"

#include <algorithm>
#include <utility>

namespace wedgehog::vm {

void line_cutter::feed(std::string_view bytes, sink const& out) {
  while (!bytes.empty()) {
    auto const end = bytes.find('\n');
    auto const piece = bytes.substr(0, std::min(end, bound - line_.size()));
    line_ += piece;
    bytes.remove_prefix(piece.size());
    if (!bytes.empty() && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      while (!line_.empty() && line_.back() == '\r') line_.pop_back();
      out(std::exchange(line_, {}), false);
    } else if (line_.size() >= bound) {
      out(std::exchange(line_, {}), true);
    }
  }
}

void line_cutter::flush(sink const& out) {
  if (!line_.empty()) out(std::exchange(line_, {}), true);
}

}  // namespace wedgehog::vm
