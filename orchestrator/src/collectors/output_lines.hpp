// What workloads and scripts write -> signals, a line each. A stream that floods is thinned out:
// its first lines are kept, then so much a second, and always its last ones; whoever reads the
// timeline is told how much is missing, and where.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "collectors/sink.hpp"
#include "loop/clock.hpp"
#include "vm/line_cutter.hpp"
#include "wire/allowance.hpp"
#include "wire/messages.hpp"

namespace wedgehog::collectors {

// What all streams together may write: of a run, or of one life of its guest.
struct output_room {
  std::uint64_t left = std::uint64_t{32} << 20U;
};

struct output_limits {
  // Of one stream, in bytes of its lines and of what surrounds each in a timeline. Wider than what
  // an honest agent passes on, which thins out first.
  std::uint64_t at_once = std::uint64_t{1} << 20U;
  std::uint64_t per_second = 4096;
  // Of the lines that wait for room, and come at the end at the latest.
  std::size_t tail = std::size_t{16} << 10U;
};

class output_lines {
 public:
  // Told each line that came whole or in part, before anything is left out.
  using reader = std::function<void(std::string const& line, bool cut)>;

  // `of`: "workload" or "step". `room` must outlive this.
  output_lines(std::string of, std::string source, sink out, loop::clock const& time,
               output_room& room, output_limits limits = {});

  void take(wire::output const& piece);
  // So much was produced, says the agent: what has not come will not come.
  void expect(std::uint64_t output_bytes, std::uint64_t error_bytes);
  // Lines that waited come when there is room for them by now.
  void settle();
  // There will be no more: lines without an end, and those that waited.
  void finish();

  void on_line(reader look) { reader_ = std::move(look); }

 private:
  struct line {
    std::string text;
    bool cut = false;
    std::uint64_t lost_before = 0;  // bytes that never came
  };
  struct stream {
    explicit stream(output_limits const& limits) : allowed(limits.at_once, limits.per_second) {}
    vm::line_cutter cutter;
    wire::allowance allowed;
    std::uint64_t expected = 0;  // offset of the next byte
    std::uint64_t lost = 0;      // in front of the line that is being read
    std::uint64_t omitted = 0;   // since the last line that was told
    std::deque<line> waiting;
    std::size_t waiting_bytes = 0;
  };

  [[nodiscard]] std::uint64_t now_us() const;
  void skip_to(stream& of, std::uint64_t offset);
  void keep(stream& of, line one);
  void settle(stream& of);
  void tell(stream& of, line one);

  std::string of_;
  std::string source_;
  sink out_;
  loop::clock const* time_;
  output_room* room_;
  output_limits limits_;
  std::array<stream, 2> streams_;
  reader reader_;
};

}  // namespace wedgehog::collectors
