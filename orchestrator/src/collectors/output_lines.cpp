#include "collectors/output_lines.hpp"

#include <algorithm>
#include <chrono>

namespace wedgehog::collectors {
namespace {

// What a line costs in a timeline besides its text.
constexpr std::uint64_t around_a_line = 128;

std::uint64_t cost_of(std::string const& text) {
  return text.size() + around_a_line;
}

}  // namespace

output_lines::output_lines(std::string of, std::string source, sink out, loop::clock const& time,
                           output_room& room, output_limits limits)
    : of_(std::move(of)),
      source_(std::move(source)),
      out_(std::move(out)),
      time_(&time),
      room_(&room),
      limits_(limits),
      streams_{stream(limits), stream(limits)} {}

std::uint64_t output_lines::now_us() const {
  auto const now = time_->now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(now).count());
}

void output_lines::take(wire::output const& piece) {
  auto& of = streams_[piece.stream == wire::output_stream::standard_output ? 0 : 1];
  skip_to(of, piece.offset);
  of.expected += piece.bytes.size();
  of.cutter.feed(piece.bytes, [&](std::string text, bool cut) {
    keep(of, {std::move(text), cut, std::exchange(of.lost, 0)});
  });
}

void output_lines::expect(std::uint64_t output_bytes, std::uint64_t error_bytes) {
  skip_to(streams_[0], output_bytes);
  skip_to(streams_[1], error_bytes);
}

// A line that has lost its end is told as it is.
void output_lines::skip_to(stream& of, std::uint64_t offset) {
  if (offset <= of.expected) return;
  of.cutter.flush([&](std::string text, bool) {
    keep(of, {std::move(text), true, std::exchange(of.lost, 0)});
  });
  of.lost += offset - of.expected;
  of.expected = offset;
}

void output_lines::keep(stream& of, line one) {
  if (reader_) reader_(one.text, one.cut);
  of.waiting_bytes += cost_of(one.text);
  of.waiting.push_back(std::move(one));
  settle(of);
  while (of.waiting_bytes > limits_.tail && of.waiting.size() > 1) {
    auto const& oldest = of.waiting.front();
    of.omitted += oldest.lost_before + oldest.text.size() + (oldest.cut ? 0 : 1);
    of.waiting_bytes -= cost_of(oldest.text);
    of.waiting.pop_front();
  }
}

void output_lines::settle(stream& of) {
  while (!of.waiting.empty()) {
    auto const cost = cost_of(of.waiting.front().text);
    if (room_->left < cost || !of.allowed.take(cost, now_us())) return;
    room_->left -= cost;
    tell(of, std::move(of.waiting.front()));
  }
}

void output_lines::settle() {
  for (auto& of : streams_) settle(of);
}

void output_lines::tell(stream& of, line one) {
  of.waiting_bytes -= cost_of(one.text);
  of.waiting.pop_front();
  timeline::output said;
  said.of = of_;
  said.source = source_;
  said.stream = &of == &streams_[0] ? "stdout" : "stderr";
  said.text = std::move(one.text);
  said.cut = one.cut;
  said.omitted = std::exchange(of.omitted, 0) + one.lost_before;
  out_(said);
}

void output_lines::finish() {
  for (auto& of : streams_) {
    of.cutter.flush([&](std::string text, bool) {
      keep(of, {std::move(text), true, std::exchange(of.lost, 0)});
    });
    if (of.lost > 0) keep(of, {{}, true, std::exchange(of.lost, 0)});
    while (!of.waiting.empty()) tell(of, std::move(of.waiting.front()));
  }
}

}  // namespace wedgehog::collectors
