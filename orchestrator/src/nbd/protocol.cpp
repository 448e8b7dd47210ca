#include "nbd/protocol.hpp"

#include <cerrno>

namespace wedgehog::nbd {
namespace {

incoming refuse(incoming one, int error, std::string_view why, std::uint64_t payload) {
  one.kind = arrival::refused;
  one.used = wire::request_size;
  one.skip = payload;
  one.error = error;
  one.why = why;
  return one;
}

// Which flags a command may carry; the others are an error of the client.
std::uint16_t allowed_flags(std::uint16_t command, agreement const& agreed) {
  switch (command) {
    case wire::cmd_read:
      return agreed.structured ? wire::flag_df | wire::flag_fua : wire::flag_fua;
    case wire::cmd_write_zeroes:
      return wire::flag_fua | wire::flag_no_hole;
    case wire::cmd_block_status:
      return wire::flag_req_one | wire::flag_fua;
    default:
      return wire::flag_fua;
  }
}

}  // namespace

incoming read_request(std::span<std::byte const> bytes, agreement const& agreed) {
  incoming one;
  if (bytes.size() < wire::request_size) {
    one.needed = wire::request_size;
    return one;
  }
  auto const* const p = bytes.data();
  if (load_big<std::uint32_t>(p) != wire::request_magic) {
    one.kind = arrival::unreadable;
    one.why = "a request does not begin with the request magic";
    return one;
  }
  auto const flags = load_big<std::uint16_t>(p + 4);
  auto const command = load_big<std::uint16_t>(p + 6);
  auto& what = one.what;
  what.cookie = load_big<std::uint64_t>(p + 8);
  what.offset = load_big<std::uint64_t>(p + 16);
  what.length = load_big<std::uint32_t>(p + 24);
  what.durable = (flags & wire::flag_fua) != 0;
  one.used = wire::request_size;
  std::uint64_t const payload = command == wire::cmd_write ? what.length : 0;

  if (command == wire::cmd_disconnect) {
    one.kind = arrival::disconnect;
    return one;
  }
  if ((flags & ~allowed_flags(command, agreed)) != 0)
    return refuse(one, EINVAL, "a flag that was not agreed on", payload);
  bool changes = false;
  switch (command) {
    case wire::cmd_read:
      what.what = operation::read;
      break;
    case wire::cmd_write:
      what.what = operation::write;
      changes = true;
      break;
    case wire::cmd_flush:
      what.what = operation::flush;
      break;
    case wire::cmd_trim:
      what.what = operation::trim;
      changes = true;
      break;
    case wire::cmd_write_zeroes:
      what.what = operation::zero;
      what.allocate = (flags & wire::flag_no_hole) != 0;
      changes = true;
      break;
    case wire::cmd_block_status:
      what.what = operation::status;
      what.one_extent = (flags & wire::flag_req_one) != 0;
      if (!agreed.block_status)
        return refuse(one, EINVAL, "block status without a selected context", payload);
      break;
    default:
      return refuse(one, EINVAL, "an unknown command", payload);
  }
  if (changes && agreed.read_only) return refuse(one, EPERM, "the disk is read-only", payload);
  if (what.what == operation::flush) {
    // NBD proto.md, NBD_CMD_FLUSH: offset and length must be zero.
    if (what.offset != 0 || what.length != 0)
      return refuse(one, EINVAL, "a flush with an offset or a length", payload);
  } else if (what.offset > agreed.size || what.length > agreed.size - what.offset) {
    // NBD proto.md, "Error values": ENOSPC for writing beyond the end, EINVAL for the rest.
    bool const grows = what.what == operation::write || what.what == operation::zero;
    return refuse(one, grows ? ENOSPC : EINVAL, "beyond the end of the disk", payload);
  } else if (what.length == 0 && what.what == operation::status) {
    return refuse(one, EINVAL, "block status of nothing", payload);
  }
  bool const carries = what.what == operation::read || what.what == operation::write;
  if (carries && what.length > wire::largest_payload)
    return refuse(one, EINVAL, "more than 32 MiB at once", payload);

  one.used += payload;
  one.needed = one.used;
  one.kind = bytes.size() < one.used ? arrival::incomplete : arrival::request;
  return one;
}

std::uint32_t wire_error(int error_number) {
  switch (error_number) {
    case 0:
      return 0;
    case EPERM:
    case EROFS:
      return 1;
    case ENOMEM:
      return 12;
    case EINVAL:
      return 22;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return 28;
    case EOVERFLOW:
      return 75;
    case ENOTSUP:
      return 95;
    case ESHUTDOWN:
      return 108;
    default:
      return 5;
  }
}

void append_simple_reply(byte_buffer& out, std::uint64_t cookie, int error) {
  auto* const p = out.append(simple_reply_size);
  store_big(p, wire::simple_reply_magic);
  store_big(p + 4, wire_error(error));
  store_big(p + 8, cookie);
}

namespace {
std::byte* append_chunk(byte_buffer& out, std::uint16_t type, std::uint64_t cookie,
                        std::uint32_t length, std::uint32_t filled) {
  auto* const p = out.append(20 + filled);
  store_big(p, wire::structured_reply_magic);
  store_big(p + 4, wire::chunk_done);
  store_big(p + 6, type);
  store_big(p + 8, cookie);
  store_big(p + 16, length);
  return p + 20;
}
}  // namespace

void append_read_header(byte_buffer& out, request const& what, bool structured) {
  if (!structured) {
    append_simple_reply(out, what.cookie, 0);
  } else if (what.length == 0) {
    append_chunk(out, wire::chunk_none, what.cookie, 0, 0);
  } else {
    store_big(append_chunk(out, wire::chunk_offset_data, what.cookie, 8 + what.length, 8),
              what.offset);
  }
}

void append_error_chunk(byte_buffer& out, std::uint64_t cookie, int error, std::string_view text) {
  auto const length = static_cast<std::uint16_t>(text.size());
  auto* const p = append_chunk(out, wire::chunk_error, cookie, 6U + length, 6);
  store_big(p, wire_error(error));
  store_big(p + 4, length);
  out.append(text);
}

void append_status(byte_buffer& out, std::uint64_t cookie, std::span<extent const> extents) {
  auto const length = static_cast<std::uint32_t>(4 + 8 * extents.size());
  auto* p = append_chunk(out, wire::chunk_block_status, cookie, length, length);
  store_big(p, std::uint32_t{1});  // the id of base:allocation
  p += 4;
  for (auto const& one : extents) {
    store_big(p, one.length);
    store_big(p + 4, std::uint32_t{(one.hole ? wire::extent_hole : 0U) |
                                   (one.zero ? wire::extent_zero : 0U)});
    p += 8;
  }
}

}  // namespace wedgehog::nbd
