// Frames over a byte stream that may lose, add or flip bytes (a UART, a virtio port whose reader
// came late). Both sides use this file: a writer of frames, and a decoder that takes bytes in any
// split, finds its way back after garbage, and counts what was lost.
//
//   magic u32 | type u16 | 0 u16 | length u32 | sequence u32 | checksum of these 16 bytes u32
//   payload (length bytes) | checksum of payload u32              all little-endian
//
// The header has a checksum of its own so that a damaged length is noticed at once instead of after
// 64 KiB of waiting.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "wire/crc32.hpp"

namespace wedgehog::wire {

inline constexpr std::size_t payload_limit = 64 * 1024;
inline constexpr std::size_t header_size = 20;
inline constexpr std::size_t frame_overhead = header_size + 4;
inline constexpr std::size_t frame_limit = payload_limit + frame_overhead;
// No printable text and no UTF-8 contains these four bytes.
inline constexpr char magic[4] = {'\xD7', 'W', 'H', '\xF5'};

struct frame {
  std::uint16_t type = 0;
  std::uint32_t sequence = 0;
  std::string_view payload;  // valid during the call it is handed to
};

namespace detail {
template <class Number>
void store(char* to, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    to[i] =
        static_cast<char>(static_cast<unsigned char>(static_cast<std::uint64_t>(value) >> (8 * i)));
}
template <class Number>
Number load(char const* from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
  return static_cast<Number>(value);
}
}  // namespace detail

// Writes one frame to `to` (room for payload + frame_overhead bytes; payload at most payload_limit)
// and returns its size. Allocates nothing.
inline std::size_t write_frame(char* to, frame const& what) {
  std::memcpy(to, magic, sizeof magic);
  detail::store<std::uint16_t>(to + 4, what.type);
  detail::store<std::uint16_t>(to + 6, 0);
  detail::store<std::uint32_t>(to + 8, static_cast<std::uint32_t>(what.payload.size()));
  detail::store<std::uint32_t>(to + 12, what.sequence);
  detail::store<std::uint32_t>(to + 16, crc32({to, 16}));
  if (!what.payload.empty())
    std::memcpy(to + header_size, what.payload.data(), what.payload.size());
  detail::store<std::uint32_t>(to + header_size + what.payload.size(), crc32(what.payload));
  return what.payload.size() + frame_overhead;
}

inline void append_frame(std::string& to, frame const& what) {
  auto const start = to.size();
  to.resize(start + what.payload.size() + frame_overhead);
  write_frame(to.data() + start, what);
}

// What a decoder has seen. Every byte fed is either in a frame, in `garbage_bytes`, or still held.
struct line_counts {
  std::uint64_t frames = 0;
  std::uint64_t garbage_bytes = 0;
  std::uint64_t bad_headers = 0;   // the magic was there, the header's checksum was not right
  std::uint64_t bad_payloads = 0;  // the header was right, the payload was damaged or cut short
  std::uint64_t oversized = 0;     // a valid header announcing more than payload_limit
  std::uint64_t lost_frames = 0;   // gaps in the sequence numbers
  std::uint64_t restarts = 0;      // the sequence went backwards: the sender began anew
};

class decoder {
 public:
  // Calls on_frame(frame const&) for every whole frame in `bytes` and what was held before. Any
  // split of the same bytes gives the same frames and the same counts.
  template <class OnFrame>
  void feed(std::string_view bytes, OnFrame&& on_frame) {
    while (!bytes.empty()) {
      auto const room = 2 * frame_limit - held_.size();
      auto const taken = std::min(bytes.size(), room);
      held_.append(bytes.data(), taken);
      bytes.remove_prefix(taken);
      auto const used = scan(on_frame);
      held_.erase(0, used);
    }
  }

  [[nodiscard]] line_counts const& counts() const { return counts_; }
  [[nodiscard]] std::size_t held() const { return held_.size(); }

 private:
  // A hostile sender can nest headers in a payload so that every one of them costs a checksum over
  // 64 KiB. After this many damaged payloads that overlap, the whole stretch is given up.
  static constexpr int overlapping_failures_limit = 8;

  template <class OnFrame>
  std::size_t scan(OnFrame& on_frame) {
    std::size_t at = 0;
    for (;;) {
      auto const start = find_magic(at);
      skip(at, start);
      auto const rest = held_.size() - at;
      if (rest < header_size) return at;
      char const* header = held_.data() + at;
      if (crc32({header, 16}) != detail::load<std::uint32_t>(header + 16)) {
        ++counts_.bad_headers;
        skip(at, at + 1);
        continue;
      }
      std::size_t const length = detail::load<std::uint32_t>(header + 8);
      if (length > payload_limit) {
        ++counts_.oversized;
        skip(at, at + 1);
        continue;
      }
      if (rest < length + frame_overhead) return at;
      std::string_view const payload(header + header_size, length);
      if (crc32(payload) != detail::load<std::uint32_t>(header + header_size + length)) {
        ++counts_.bad_payloads;
        skip(at, after_damage(at, length + frame_overhead));
        continue;
      }
      accept({detail::load<std::uint16_t>(header + 4), detail::load<std::uint32_t>(header + 12),
              payload},
             on_frame);
      at += length + frame_overhead;
      consumed_ += length + frame_overhead;
    }
  }

  template <class OnFrame>
  void accept(frame const& found, OnFrame& on_frame) {
    ++counts_.frames;
    std::uint32_t const gap = found.sequence - expected_;
    if (any_ && gap != 0) {
      if (gap < 0x80000000U)
        counts_.lost_frames += gap;
      else
        ++counts_.restarts;
    }
    any_ = true;
    expected_ = found.sequence + 1;
    on_frame(found);
  }

  // The place of the next magic at or after `from`, or of a prefix of it at the very end.
  [[nodiscard]] std::size_t find_magic(std::size_t from) const {
    while (from < held_.size()) {
      from = std::min(held_.find(magic[0], from), held_.size());
      auto const length = std::min(sizeof magic, held_.size() - from);
      if (std::memcmp(held_.data() + from, magic, length) == 0) return from;
      ++from;
    }
    return held_.size();
  }

  std::size_t after_damage(std::size_t at, std::size_t size) {
    if (consumed_ >= damaged_until_) overlapping_failures_ = 0;
    damaged_until_ = std::max(damaged_until_, consumed_ + size);
    if (++overlapping_failures_ < overlapping_failures_limit) return at + 1;
    overlapping_failures_ = 0;
    return at + size;
  }

  void skip(std::size_t& at, std::size_t to) {
    counts_.garbage_bytes += to - at;
    consumed_ += to - at;
    at = to;
  }

  std::string held_;
  line_counts counts_;
  std::uint64_t consumed_ = 0;  // bytes of the stream before held_[at]
  std::uint64_t damaged_until_ = 0;
  int overlapping_failures_ = 0;
  std::uint32_t expected_ = 0;
  bool any_ = false;
};

}  // namespace wedgehog::wire
