// Console bytes to lines: pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace wedgehog::vm {

// Cuts bytes into lines, at most `bound` bytes each. CR before LF goes; a longer line comes in
// pieces marked partial.
class line_cutter {
 public:
  static constexpr std::size_t bound = 8192;
  using sink = std::function<void(std::string line, bool partial)>;

  void feed(std::string_view bytes, sink const& out);
  // What is there without a line end: a prompt, or the last words of a dying guest.
  void flush(sink const& out);
  [[nodiscard]] bool pending() const { return !line_.empty(); }

 private:
  std::string line_;
};

}  // namespace wedgehog::vm
