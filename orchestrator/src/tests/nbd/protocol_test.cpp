#include "nbd/protocol.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "nbd/histogram.hpp"
#include "tests/nbd/wire_text.hpp"

namespace wedgehog::nbd {
namespace {

using testing::raw_request;

agreement const plain{.size = 1U << 20U};
agreement const structured{.size = 1U << 20U, .structured = true, .block_status = true};

incoming parse(std::string const& bytes, agreement const& agreed = structured) {
  return read_request(std::as_bytes(std::span(bytes)), agreed);
}

TEST(protocol, a_write_is_whole_only_with_its_last_byte) {
  auto const bytes =
      raw_request(wire::cmd_write, 4096, 512, wire::flag_fua, 77) + std::string(512, 'x') + "next";
  for (std::size_t size = 0; size < wire::request_size + 512; ++size) {
    auto const one = parse(bytes.substr(0, size));
    EXPECT_EQ(one.kind, arrival::incomplete) << size;
    EXPECT_EQ(one.needed, size < wire::request_size ? wire::request_size : 540) << size;
  }
  auto const one = parse(bytes);
  ASSERT_EQ(one.kind, arrival::request);
  EXPECT_EQ(one.used, 540U);
  EXPECT_EQ(
      one.what,
      (request{
          .what = operation::write, .durable = true, .length = 512, .offset = 4096, .cookie = 77}));
}

TEST(protocol, every_command_is_read) {
  EXPECT_EQ(parse(raw_request(wire::cmd_read, 0, 1)).what.what, operation::read);
  EXPECT_EQ(parse(raw_request(wire::cmd_flush, 0, 0)).what.what, operation::flush);
  EXPECT_EQ(parse(raw_request(wire::cmd_trim, 0, 1)).what.what, operation::trim);
  auto const zero = parse(raw_request(wire::cmd_write_zeroes, 0, 1, wire::flag_no_hole));
  EXPECT_EQ(zero.what.what, operation::zero);
  EXPECT_TRUE(zero.what.allocate);
  auto const status = parse(raw_request(wire::cmd_block_status, 0, 1, wire::flag_req_one));
  EXPECT_EQ(status.what.what, operation::status);
  EXPECT_TRUE(status.what.one_extent);
  EXPECT_EQ(parse(raw_request(wire::cmd_disconnect, 0, 0)).kind, arrival::disconnect);
}

struct refusal {
  char const* why;
  std::string bytes;
  int error;
  std::uint64_t skip;
};

TEST(protocol, what_is_wrong_gets_the_protocols_error_and_its_payload_is_skipped) {
  constexpr std::uint64_t size = 1U << 20U;
  constexpr std::uint32_t huge = wire::largest_payload + 1;
  agreement big = structured;
  big.size = std::uint64_t{1} << 40U;
  for (auto const& one : std::vector<refusal>{
           {"read beyond the end", raw_request(wire::cmd_read, size - 511, 512), EINVAL, 0},
           {"write beyond the end", raw_request(wire::cmd_write, size, 1), ENOSPC, 1},
           {"offset that overflows", raw_request(wire::cmd_write, UINT64_MAX, 512), ENOSPC, 512},
           {"zero beyond the end", raw_request(wire::cmd_write_zeroes, size, 1), ENOSPC, 0},
           {"trim beyond the end", raw_request(wire::cmd_trim, size, 1), EINVAL, 0},
           {"unknown flag", raw_request(wire::cmd_write, 0, 8, 1U << 9U), EINVAL, 8},
           {"no_hole on a write", raw_request(wire::cmd_write, 0, 8, wire::flag_no_hole), EINVAL,
            8},
           {"unknown command", raw_request(99, 0, 8), EINVAL, 0},
           {"flush with a length", raw_request(wire::cmd_flush, 0, 8), EINVAL, 0},
           {"status of nothing", raw_request(wire::cmd_block_status, 0, 0), EINVAL, 0}}) {
    auto const got = parse(one.bytes);
    EXPECT_EQ(got.kind, arrival::refused) << one.why;
    EXPECT_EQ(got.error, one.error) << one.why;
    EXPECT_EQ(got.skip, one.skip) << one.why;
    EXPECT_EQ(got.used, wire::request_size) << one.why;
  }
  auto const read = parse(raw_request(wire::cmd_read, 0, huge), big);
  EXPECT_EQ(read.kind, arrival::refused);
  auto const write = parse(raw_request(wire::cmd_write, 0, huge), big);
  EXPECT_EQ(write.error, EINVAL);
  EXPECT_EQ(write.skip, huge);
  // No payload, so no limit.
  EXPECT_EQ(parse(raw_request(wire::cmd_write_zeroes, 0, huge), big).kind, arrival::request);
  EXPECT_EQ(parse(raw_request(wire::cmd_block_status, 0, 8), plain).error, EINVAL);
  EXPECT_EQ(parse(raw_request(wire::cmd_read, 0, 8, wire::flag_df), plain).error, EINVAL);
}

TEST(protocol, a_read_only_disk_refuses_all_that_changes_it) {
  agreement closed = structured;
  closed.read_only = true;
  for (std::uint16_t const command : {wire::cmd_write, wire::cmd_trim, wire::cmd_write_zeroes})
    EXPECT_EQ(parse(raw_request(command, 0, 8), closed).error, EPERM) << command;
  EXPECT_EQ(parse(raw_request(wire::cmd_read, 0, 8), closed).kind, arrival::request);
}

TEST(protocol, another_magic_is_unreadable) {
  auto bytes = raw_request(wire::cmd_read, 0, 8);
  bytes[0] = '\0';
  EXPECT_EQ(parse(bytes).kind, arrival::unreadable);
}

TEST(protocol, an_error_that_nbd_cannot_say_is_eio) {
  EXPECT_EQ(wire_error(ETIMEDOUT), 5U);
  EXPECT_EQ(wire_error(EIO), 5U);
  EXPECT_EQ(wire_error(ENOSPC), 28U);
  EXPECT_EQ(wire_error(EPERM), 1U);
  EXPECT_EQ(wire_error(0), 0U);
}

TEST(protocol, replies_have_the_documented_bytes) {
  byte_buffer out;
  append_simple_reply(out, 0x0102030405060708, EIO);
  EXPECT_EQ(testing::hex(out),
            "67446698"
            "00000005"
            "0102030405060708");
  out.consume(out.size());
  append_read_header(out, {.length = 3, .offset = 9, .cookie = 1}, true);
  EXPECT_EQ(testing::hex(out),
            "668e33ef"
            "0001"
            "0001"
            "0000000000000001"
            "0000000b"
            "0000000000000009");
  out.consume(out.size());
  append_error_chunk(out, 1, EIO, "EIO");
  EXPECT_EQ(testing::hex(out),
            "668e33ef"
            "0001"
            "8001"
            "0000000000000001"
            "00000009"
            "00000005"
            "0003"
            "45494f");
  out.consume(out.size());
  extent const one{.length = 512, .hole = true, .zero = true};
  append_status(out, 1, std::span(&one, 1));
  EXPECT_EQ(testing::hex(out),
            "668e33ef"
            "0001"
            "0005"
            "0000000000000001"
            "0000000c"
            "00000001"
            "00000200"
            "00000003");
}

TEST(byte_buffer, keeps_its_content_while_it_grows_and_is_consumed) {
  byte_buffer buffer;
  std::string expected;
  for (unsigned i = 0; i < 5000; ++i) {
    std::string const piece(i % 37, static_cast<char>('a' + i % 26));
    buffer.append(piece);
    expected += piece;
    auto const gone = std::min<std::size_t>(i % 29, expected.size());
    buffer.consume(gone);
    expected.erase(0, gone);
    ASSERT_EQ(buffer.size(), expected.size());
  }
  EXPECT_EQ(std::memcmp(buffer.data(), expected.data(), expected.size()), 0);
  buffer.truncate(3);
  EXPECT_EQ(buffer.size(), 3U);
}

TEST(histogram, percentiles_are_at_most_a_quarter_too_high) {
  histogram counts;
  for (int us = 1; us <= 100000; ++us) counts.count(microseconds(us));
  for (double const share : {0.01, 0.5, 0.9, 0.99}) {
    auto const exact = share * 100000;
    auto const got = static_cast<double>(counts.percentile(share).count());
    EXPECT_GE(got, exact) << share;
    EXPECT_LE(got, exact * 1.25) << share;
  }
  EXPECT_EQ(counts.most(), microseconds(100000));
  counts.count(std::chrono::hours(100));
  EXPECT_EQ(counts.total(), 100001U);
}

}  // namespace
}  // namespace wedgehog::nbd
