// The NBD protocol's numbers, its request parser and its replies. Pure: bytes in, values out.
// Source of everything here: NBD proto.md (github.com/NetworkBlockDevice/nbd, doc/proto.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nbd/bytes.hpp"
#include "nbd/request.hpp"

namespace wedgehog::nbd {

namespace wire {
inline constexpr std::uint64_t greeting_magic = 0x4e42444d41474943;  // "NBDMAGIC"
inline constexpr std::uint64_t option_magic = 0x49484156454f5054;    // "IHAVEOPT"
inline constexpr std::uint64_t option_reply_magic = 0x3e889045565a9;
inline constexpr std::uint32_t request_magic = 0x25609513;
inline constexpr std::uint32_t simple_reply_magic = 0x67446698;
inline constexpr std::uint32_t structured_reply_magic = 0x668e33ef;
inline constexpr std::size_t request_size = 28;
inline constexpr std::size_t option_size = 16;

// NBD proto.md, "Size constraints": a server should accept 32 MiB; we advertise that and no more.
inline constexpr std::uint32_t largest_payload = 32U << 20U;

enum transmission_flag : std::uint16_t {
  has_flags = 1U << 0U,
  read_only = 1U << 1U,
  send_flush = 1U << 2U,
  send_fua = 1U << 3U,
  send_trim = 1U << 5U,
  send_write_zeroes = 1U << 6U,
  send_df = 1U << 7U,
  can_multi_conn = 1U << 8U,
};
enum command : std::uint16_t {
  cmd_read = 0,
  cmd_write = 1,
  cmd_disconnect = 2,
  cmd_flush = 3,
  cmd_trim = 4,
  cmd_write_zeroes = 6,
  cmd_block_status = 7,
};
enum command_flag : std::uint16_t {
  flag_fua = 1U << 0U,
  flag_no_hole = 1U << 1U,
  flag_df = 1U << 2U,
  flag_req_one = 1U << 3U,
};
enum chunk : std::uint16_t {
  chunk_none = 0,
  chunk_offset_data = 1,
  chunk_block_status = 5,
  chunk_error = (1U << 15U) + 1,
};
inline constexpr std::uint16_t chunk_done = 1;
enum extent_flag : std::uint32_t { extent_hole = 1, extent_zero = 2 };
}  // namespace wire

// What one connection agreed on, as far as requests depend on it.
struct agreement {
  std::uint64_t size = 0;
  bool read_only = false;
  bool structured = false;
  bool block_status = false;  // base:allocation was selected
};

enum class arrival {
  incomplete,  // `needed` bytes in all before it can be read
  request,
  refused,     // answer `error`, then skip `skip` bytes of payload that follow the header
  disconnect,  // the client says good-bye
  unreadable,  // not a request at all: the connection must be dropped
};

struct incoming {
  arrival kind = arrival::incomplete;
  request what;          // its cookie is also set when refused
  std::size_t used = 0;  // bytes of this request, payload included when kind is `request`
  std::size_t needed = 0;
  std::uint64_t skip = 0;
  int error = 0;  // an errno
  std::string_view why;
};

// Reads the first request of `bytes`. A write is complete only with its payload, which is then the
// last `what.length` of the `used` bytes.
[[nodiscard]] incoming read_request(std::span<std::byte const> bytes, agreement const& agreed);

// The errno as NBD can say it: EPERM, EIO, ENOMEM, EINVAL, ENOSPC, EOVERFLOW, ENOTSUP, ESHUTDOWN;
// ETIMEDOUT and all others become EIO.
[[nodiscard]] std::uint32_t wire_error(int error_number);

struct extent {
  std::uint32_t length = 0;
  bool hole = false;
  bool zero = false;
  bool operator==(extent const&) const = default;
};

// Replies. A read reply is begun with its space and then either left as it is or taken back.
inline constexpr std::size_t simple_reply_size = 16;
void append_simple_reply(byte_buffer& out, std::uint64_t cookie, int error);
// Appends the header of a successful read reply; the caller appends exactly `what.length` bytes.
void append_read_header(byte_buffer& out, request const& what, bool structured);
void append_error_chunk(byte_buffer& out, std::uint64_t cookie, int error, std::string_view text);
void append_status(byte_buffer& out, std::uint64_t cookie, std::span<extent const> extents);

}  // namespace wedgehog::nbd
