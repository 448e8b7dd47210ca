// What somebody keeps of what a guest prints: the beginning and the end, in memory that no guest
// can make grow, and in between how much was left out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/last_bytes.hpp"
#include "wire/messages.hpp"

namespace wedgehog::agent {

// One text, of which at most `most` bytes are kept: half from its beginning, half from its end.
class kept_text {
 public:
  explicit kept_text(std::size_t most);

  void append(std::string_view bytes);
  // Something is missing at this place, which was lost before it came here.
  void lost(std::uint64_t bytes);

  [[nodiscard]] bool empty() const { return head_.empty() && tail_.empty(); }
  [[nodiscard]] std::uint64_t left_out() const { return lost_ + tail_.forgotten(); }
  // "… [12345 bytes are left out here] …" stands on a line of its own where that is.
  [[nodiscard]] std::string text() const;
  // Its end, at most so many bytes, without line ends behind it.
  [[nodiscard]] std::string last(std::size_t most) const;

 private:
  std::size_t head_limit_;
  std::string head_;
  wire::last_bytes tail_;
  std::uint64_t lost_ = 0;
};

// Both streams of a request as one text, in the order in which they came.
class kept_output {
 public:
  // More than the longest list of tasks with their stacks that was seen (3 MB).
  static constexpr std::size_t usual_limit = std::size_t{8} << 20U;

  explicit kept_output(std::size_t most = usual_limit) : text_(most) {}

  void take(wire::output const& piece);
  // The request has ended: what it printed last may have been lost on the line.
  void finish(wire::ended const& how);
  [[nodiscard]] kept_text const& all() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string text() const { return text_.text(); }

 private:
  kept_text text_;
  std::array<std::uint64_t, 2> expected_{};  // offset of each stream's next byte
};

}  // namespace wedgehog::agent
