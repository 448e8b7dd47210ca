// The guest's serial console. QEMU appends every byte to a file, whether or not anybody listens;
// this reader follows the file and cuts it into timestamped lines. So nothing is lost when the
// orchestrator is slow, stopped or killed.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "loop/clock.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::vm {

// Cuts bytes into lines, at most `bound` bytes each: pure. CR before LF goes; a longer line comes
// in pieces marked partial.
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

class console_reader {
 public:
  // Begins where the file ends now: what an earlier life of the machine wrote has been read. Blame:
  // host.
  static result<console_reader> open(loop::asio::any_io_executor const& executor, std::string path);

  // Calls `out` for each line until cancelled. Looks when the kernel says the file grew, and once a
  // second anyway.
  loop::awaitable<void> follow(loop::clock& time, line_cutter::sink out);
  // Reads what is there now.
  void drain(line_cutter::sink const& out);
  // The same at the end of a machine: the last words come even without a line end.
  void finish(line_cutter::sink const& out);
  // Gives up the file; nothing more is read.
  void close();
  [[nodiscard]] std::uint64_t bytes() const { return offset_; }
  // Bytes whose disk space was given back because the guest flooded the console (see `keep`).
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

  // A flooding guest must not fill the host's disk: of the file at most the first and the last so
  // many bytes are kept.
  static constexpr std::uint64_t keep = 64U << 20U;

 private:
  console_reader(loop::asio::any_io_executor const& executor, loop::descriptor file, int watch);
  void limit_size();
  loop::awaitable<bool> changed();

  loop::descriptor file_;
  loop::asio::posix::stream_descriptor watch_;
  line_cutter cutter_;
  std::uint64_t offset_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace wedgehog::vm
