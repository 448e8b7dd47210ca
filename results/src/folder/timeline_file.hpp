// A run's timeline on disk: zstd frames, one after the other, each sealed with its checksum as soon
// as it is written. A file that is cut anywhere is readable up to the cut; a frame that is damaged
// costs itself alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::folder {

class timeline_writer {
 public:
  // Begins where the file ends. Blame: host.
  static result<timeline_writer> open(std::filesystem::path file);

  // Whole lines; after this returns they survive the death of the process. What could not be
  // written (a full disk) leaves no half of itself behind, and may be tried again.
  result<void> append(std::string_view lines);
  // To the disk itself.
  result<void> flush();
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  timeline_writer(std::filesystem::path file, loop::descriptor opened, std::uint64_t bytes)
      : file_(std::move(file)), opened_(std::move(opened)), bytes_(bytes) {}

  std::filesystem::path file_;
  loop::descriptor opened_;
  std::uint64_t bytes_;
};

struct timeline_extent {
  std::uint64_t pieces = 0;
  std::uint64_t damaged = 0;  // pieces that could not be read and are left out
  bool cut_short = false;     // the file ends within a piece, of which what was there is read
};

// Piece by piece, in order, for timelines that should not stand in memory whole. A piece ends with
// a line, but the last of a file that was cut. An error only when there is no file to read.
result<timeline_extent> each_timeline_piece(std::filesystem::path const& file,
                                            std::function<void(std::string_view)> const& take);
// The same over bytes: pure.
timeline_extent each_timeline_piece(std::string_view bytes,
                                    std::function<void(std::string_view)> const& take);

// Follows a timeline that is still written: each call reads the pieces that have become whole since
// the last one.
class timeline_follower {
 public:
  explicit timeline_follower(std::filesystem::path file) : file_(std::move(file)) {}

  // No file yet: nothing. Blame: host.
  result<timeline_extent> read_on(std::function<void(std::string_view)> const& take);

 private:
  std::filesystem::path file_;
  std::uint64_t done_ = 0;
};

}  // namespace wedgehog::folder
