// What travels between a supervisor and a performer that see no common folder, as frames of
// wire/frame.hpp on one stream each way. Down: an opening, the order as a piece of a file, an end;
// later a stop. Up: an opening, lines of progress between pieces of the run's files as they grow,
// the manifest last, an end. Pure. What comes is not trusted: a stream that says what it must not
// is an error, and nothing of it is taken after that.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/described.hpp"
#include "base/error.hpp"
#include "wire/frame.hpp"

namespace wedgehog::farm::stream {

struct opening {
  int wedgehog_stream = 0;  // format: 1
  std::string run;          // its name, which is that of its folder
  std::string wedgehog;     // version
  std::string host;
  bool operator==(opening const&) const = default;
};
BOOST_DESCRIBE_STRUCT(opening, (), (wedgehog_stream, run, wedgehog, host))

struct progress_line {
  std::string_view text;
};
// A part of a file. Pieces of one file come in order; what is left out between two is zeros, and an
// empty one says how long the file is at least.
struct piece {
  std::string_view path;  // relative to the run's folder, and never out of it
  std::uint64_t offset = 0;
  std::string_view content;  // at most `largest_piece`
};
struct end {};         // all was said
struct stop_order {};  // end the run and keep its evidence

using message = std::variant<opening, progress_line, piece, end, stop_order>;

inline constexpr std::size_t largest_piece = 56U << 10U;
inline constexpr std::size_t longest_path = 1024;

class message_writer {
 public:
  // The bytes of its frame. Progress that is too long is cut.
  [[nodiscard]] std::string frame_of(message const& what);

 private:
  std::uint32_t sequence_ = 0;
};

struct stream_limits {
  std::uint64_t bytes = std::uint64_t{64} << 30U;  // of all files together, without holes
  std::uint64_t longest_file = std::uint64_t{1} << 40U;
  std::size_t files = 20'000;
};

class message_reader {
 public:
  explicit message_reader(stream_limits limits = {}) : limits_(limits) {}

  // Each message as it becomes whole; what it refers to is valid during the call. Words that stand
  // between frames (of a login, of Slurm's prolog) are passed over. Blame: host.
  using sink = std::function<result<void>(message const&)>;
  result<void> feed(std::string_view bytes, sink const& take);

  [[nodiscard]] std::optional<opening> const& opened() const { return opened_; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  [[nodiscard]] bool is_damaged() const;
  result<void> read(wire::frame const& frame, sink const& take);
  result<void> read_opening(std::string_view payload, sink const& take);
  result<void> read_piece(std::string_view payload, sink const& take);
  result<void> admit(piece const& what);

  stream_limits limits_;
  wire::decoder decoder_;
  std::optional<error> refused_;
  std::optional<opening> opened_;
  bool ended_ = false;
  std::uint64_t bytes_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> reached_;  // how far each file has come
};

}  // namespace wedgehog::farm::stream
