#include "farm/stream/frames.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "base/units.hpp"
#include "folder/files.hpp"
#include "folder/pack.hpp"

namespace wedgehog::farm::stream {
namespace {

constexpr int format = 1;
constexpr std::size_t longest_progress = 16U << 10U;
constexpr std::size_t worth_packing = 512;
constexpr std::size_t shown = 200;

enum class kind : std::uint16_t { opening = 1, progress, piece, end, stop };

// packed u8 | length of the path u16 | offset u64 | path | content
constexpr std::size_t piece_header = 11;
static_assert(piece_header + longest_path + largest_piece <= wire::payload_limit);

std::string payload_of(piece const& what) {
  ensure(what.path.size() <= longest_path && what.content.size() <= largest_piece,
         "a piece fits into a frame");
  std::string packed;
  if (what.content.size() >= worth_packing) packed = folder::pack(what.content, 1);
  bool const smaller = !packed.empty() && packed.size() < what.content.size();
  std::string payload(piece_header, '\0');
  payload[0] = smaller ? 1 : 0;
  wire::detail::store<std::uint16_t>(payload.data() + 1,
                                     static_cast<std::uint16_t>(what.path.size()));
  wire::detail::store<std::uint64_t>(payload.data() + 3, what.offset);
  payload += what.path;
  payload += smaller ? std::string_view(packed) : what.content;
  return payload;
}

std::string printable(std::string_view text) {
  std::string safe;
  for (char const c : text.substr(0, shown)) safe += c >= ' ' && c < 127 ? c : '?';
  return safe;
}

error breach(std::string_view what) {
  return host_error(fmt::format("the stream from the node breaks its rules: {}", what));
}

// The name of one file in a folder.
bool is_plain_name(std::string_view name) {
  return folder::stays_inside(name) && name.find('/') == std::string_view::npos && name != ".";
}

// As a sender writes it: no "a//b", "./a", "a/".
bool is_plain_path(std::string_view path) {
  if (!folder::stays_inside(path)) return false;
  for (;;) {
    auto const slash = path.find('/');
    if (!is_plain_name(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string message_writer::frame_of(message const& what) {
  kind type = kind::end;
  std::string payload;
  if (auto const* hello = std::get_if<opening>(&what)) {
    type = kind::opening;
    payload = json::serialize(to_object(*hello));
  } else if (auto const* line = std::get_if<progress_line>(&what)) {
    type = kind::progress;
    payload = line->text.substr(0, longest_progress);
  } else if (auto const* part = std::get_if<piece>(&what)) {
    type = kind::piece;
    payload = payload_of(*part);
  } else if (std::holds_alternative<stop_order>(what)) {
    type = kind::stop;
  }
  std::string frame;
  wire::append_frame(frame, {static_cast<std::uint16_t>(type), sequence_++, payload});
  return frame;
}

result<void> message_reader::feed(std::string_view bytes, sink const& take) {
  if (refused_) return *refused_;
  decoder_.feed(bytes, [this, &take](wire::frame const& frame) {
    if (refused_) return;
    if (auto taken = read(frame, take); !taken) refused_ = taken.error();
  });
  if (!refused_ && is_damaged())
    refused_ = host_error("the stream from the node was damaged on its way: a part of it is lost");
  if (refused_) return *refused_;
  return {};
}

bool message_reader::is_damaged() const {
  auto const& seen = decoder_.counts();
  return seen.lost_frames + seen.restarts + seen.bad_payloads + seen.oversized > 0;
}

result<void> message_reader::read(wire::frame const& frame, sink const& take) {
  auto const type = static_cast<kind>(frame.type);
  if (is_damaged()) return {};
  if (type == kind::opening) return read_opening(frame.payload, take);
  if (!opened_) return breach("it does not begin with an opening");
  if (type == kind::stop) return take(stop_order{});
  if (ended_) return breach("it goes on after its end");
  if (type == kind::progress) return take(progress_line{frame.payload});
  if (type == kind::piece) return read_piece(frame.payload, take);
  if (type != kind::end) return breach(fmt::format("a message of kind {}", frame.type));
  ended_ = true;
  return take(end{});
}

result<void> message_reader::read_opening(std::string_view payload, sink const& take) {
  if (opened_) return breach("it begins twice");
  boost::system::error_code failure;
  auto const value = json::parse(payload, failure);
  if (failure || !value.is_object()) return breach("its opening is no JSON object");
  opening said;
  from_object(value.get_object(), said);
  if (said.wedgehog_stream != format)
    return host_error(
        fmt::format("the stream is of format {}, this program knows {}: have one version of "
                    "Wedgehog on all hosts ({} says '{}')",
                    said.wedgehog_stream, format, printable(said.host), printable(said.wedgehog)));
  if (!is_plain_name(said.run)) return breach("the run's name is none: " + printable(said.run));
  opened_ = said;
  return take(*opened_);
}

result<void> message_reader::read_piece(std::string_view payload, sink const& take) {
  if (payload.size() < piece_header) return breach("a piece of a file is cut short");
  std::size_t const length = wire::detail::load<std::uint16_t>(payload.data() + 1);
  if (payload.size() < piece_header + length) return breach("a piece of a file is cut short");
  piece what{.path = payload.substr(piece_header, length),
             .offset = wire::detail::load<std::uint64_t>(payload.data() + 3),
             .content = payload.substr(piece_header + length)};
  std::string unpacked;
  if (payload[0] != 0) {
    auto text = folder::unpack(what.content, largest_piece);
    if (!text) return std::move(text.error()).within("reading a piece of " + printable(what.path));
    unpacked = std::move(*text);
    what.content = unpacked;
  }
  if (auto admitted = admit(what); !admitted) return admitted;
  return take(what);
}

result<void> message_reader::admit(piece const& what) {
  if (what.path.size() > longest_path || !is_plain_path(what.path))
    return breach("a path that leads out of the run's folder: " + printable(what.path));
  if (what.offset >
      limits_.longest_file - std::min<std::uint64_t>(what.content.size(), limits_.longest_file))
    return breach(printable(what.path) + " is too long");
  auto known = reached_.find(what.path);
  if (known == reached_.end()) {
    if (reached_.size() >= limits_.files)
      return host_error(
          fmt::format("a run of more than {} files is not taken from its node", limits_.files));
    known = reached_.emplace(std::string(what.path), 0).first;
  }
  if (what.offset < known->second) return breach(printable(what.path) + " goes back");
  if (what.content.size() > limits_.bytes - bytes_)
    return host_error(fmt::format("a run of more than {} is not taken from its node",
                                  describe_size(limits_.bytes)));
  bytes_ += what.content.size();
  known->second = what.offset + what.content.size();
  return {};
}

}  // namespace wedgehog::farm::stream
