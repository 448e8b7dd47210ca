#include "nbd/handshake.hpp"

#include <gtest/gtest.h>

#include "tests/nbd/wire_text.hpp"

namespace wedgehog::nbd {
namespace {

using testing::big;
using testing::counted;
using testing::raw_option;

export_facts const facts{.name = "data", .size = 1U << 20U};
export_facts const secret_over_tls{
    .name = "data", .size = 1U << 20U, .secret = "a-secret", .demands_tls = true};
std::string const fixed_newstyle = big<std::uint32_t>(3);

struct outcome {
  std::string sent;  // hex
  handshake::phase phase;
  agreement agreed;
  std::size_t unused;
};

// Feeds the bytes in pieces of at most `piece`.
outcome talk(std::string const& bytes, std::size_t piece, export_facts const& what = facts) {
  handshake one(what);
  byte_buffer out;
  byte_buffer in;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    in.append(std::string_view(bytes).substr(at, piece));
    if (one.state() == handshake::phase::negotiating) in.consume(one.take(in.view(), out));
  }
  return {
      .sent = testing::hex(out), .phase = one.state(), .agreed = one.agreed(), .unused = in.size()};
}

std::string go(std::string const& name, std::uint32_t option = 7) {
  return raw_option(option, counted(name) + big<std::uint16_t>(2) + big<std::uint16_t>(3) +
                                big<std::uint16_t>(1));
}

std::string meta(std::uint32_t option, std::string const& name, std::string const& query) {
  return raw_option(option, counted(name) + big<std::uint32_t>(1) + counted(query));
}

std::vector<std::string> const transcripts = {
    fixed_newstyle + raw_option(8) + meta(10, "data", "base:allocation") + go("data") + "rest",
    fixed_newstyle + raw_option(5) + raw_option(3) + go("", 6) + go("nobody") + go(""),
    fixed_newstyle + raw_option(1, "data"),
    big<std::uint32_t>(1) + raw_option(1),
    fixed_newstyle + raw_option(1, "nobody"),
    fixed_newstyle + raw_option(2),
    fixed_newstyle + raw_option(7, "xx") + raw_option(8, "x") + meta(9, "data", "base:"),
    fixed_newstyle + raw_option(77, std::string(9000, 'x')) + go("data"),
    big<std::uint32_t>(9),
    fixed_newstyle + "garbage that is no option",
    fixed_newstyle + raw_option(5, "x") + raw_option(5) + "\x16\x03\x01",
};

TEST(handshake, bytes_one_by_one_say_the_same_as_all_at_once) {
  for (auto const& what : {facts, secret_over_tls})
    for (auto const& bytes : transcripts) {
      auto const whole = talk(bytes, bytes.size(), what);
      for (std::size_t const piece :
           {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{16}}) {
        auto const split = talk(bytes, piece, what);
        EXPECT_EQ(split.sent, whole.sent);
        EXPECT_EQ(split.phase, whole.phase);
        EXPECT_EQ(split.unused, whole.unused);
      }
    }
}

TEST(handshake, go_ends_in_transmission_with_what_was_agreed) {
  auto const got = talk(transcripts[0], 5);
  EXPECT_EQ(got.phase, handshake::phase::transmission);
  EXPECT_TRUE(got.agreed.structured);
  EXPECT_TRUE(got.agreed.block_status);
  EXPECT_EQ(got.agreed.size, facts.size);
  EXPECT_EQ(got.unused, 4U) << "the first request's bytes are left alone";
}

TEST(handshake, export_name_answers_with_124_zeros_unless_told_not_to) {
  auto const short_one = talk(transcripts[2], 1000);
  EXPECT_EQ(short_one.phase, handshake::phase::transmission);
  EXPECT_EQ(short_one.sent,
            "0000000000100000"
            "016d");
  EXPECT_EQ(talk(transcripts[3], 1000).sent.size(), 2U * (10 + 124));
}

TEST(handshake, an_unknown_export_ends_export_name_and_fails_go) {
  EXPECT_EQ(talk(transcripts[4], 1000).phase, handshake::phase::ended);
  auto const refused = talk(fixed_newstyle + go("nobody"), 1000);
  EXPECT_EQ(refused.phase, handshake::phase::negotiating);
  EXPECT_NE(refused.sent.find("80000006"), std::string::npos);
}

TEST(handshake, contexts_need_structured_replies) {
  auto const got = talk(fixed_newstyle + meta(10, "", "base:allocation") + go(""), 1000);
  EXPECT_FALSE(got.agreed.block_status);
  EXPECT_NE(got.sent.find("80000003"), std::string::npos);
}

TEST(handshake, an_unknown_or_too_long_option_is_refused_and_negotiation_goes_on) {
  auto const got = talk(transcripts[7], 100);
  EXPECT_NE(got.sent.find("80000009"), std::string::npos);
  EXPECT_EQ(got.phase, handshake::phase::transmission);
  EXPECT_NE(talk(fixed_newstyle + raw_option(77), 100).sent.find("80000001"), std::string::npos);
}

TEST(handshake, unknown_client_flags_garbage_and_endless_chatter_end_it) {
  EXPECT_EQ(talk(transcripts[8], 100).phase, handshake::phase::ended);
  EXPECT_EQ(talk(transcripts[9], 100).phase, handshake::phase::ended);
  std::string chatter = fixed_newstyle;
  for (int i = 0; i < 300; ++i) chatter += raw_option(77);
  EXPECT_EQ(talk(chatter, 1000).phase, handshake::phase::ended);
}

TEST(handshake, a_read_only_disk_says_so) {
  auto closed = facts;
  closed.read_only = true;
  EXPECT_EQ(talk(transcripts[2], 1000, closed).sent,
            "0000000000100000"
            "016f");
}

TEST(handshake, a_secret_export_is_told_to_nobody) {
  export_facts const hidden{.name = "data", .size = 1U << 20U, .secret = "a-secret"};
  auto const at_once = [&hidden](std::string const& bytes) {
    return talk(bytes, bytes.size(), hidden);
  };
  for (auto const& wrong :
       {go(""), go("data"), go("", 6), raw_option(8) + meta(10, "data", "base:allocation")}) {
    auto const got = at_once(fixed_newstyle + wrong);
    EXPECT_EQ(got.phase, handshake::phase::negotiating);
    EXPECT_NE(got.sent.find("80000006"), std::string::npos) << "no such export";
  }
  auto const listed = at_once(fixed_newstyle + raw_option(3));
  EXPECT_NE(listed.sent.find("80000002"), std::string::npos) << "forbidden by policy";
  EXPECT_EQ(at_once(fixed_newstyle + go("a-secret")).phase, handshake::phase::transmission);
}

TEST(handshake, whoever_has_not_begun_tls_is_told_nothing) {
  for (auto const& wrong :
       {go("a-secret"), go("a-secret", 6), raw_option(3), raw_option(8), raw_option(77),
        meta(10, "a-secret", "base:allocation"), raw_option(77, std::string(9000, 'x'))}) {
    auto const got = talk(fixed_newstyle + wrong, 1000, secret_over_tls);
    EXPECT_EQ(got.phase, handshake::phase::negotiating);
    EXPECT_EQ(got.sent.substr(24, 8), "80000005") << "TLS is required";
    EXPECT_EQ(got.sent.find("0000000000100000"), std::string::npos) << "not even its size";
  }
  // This option has no answer that refuses.
  EXPECT_EQ(talk(fixed_newstyle + raw_option(1, "a-secret"), 1000, secret_over_tls).phase,
            handshake::phase::ended);
  auto const left = talk(fixed_newstyle + raw_option(2), 1000, secret_over_tls);
  EXPECT_EQ(left.phase, handshake::phase::ended);
  EXPECT_EQ(left.sent.substr(24, 8), "00000001") << "leaving is nobody's secret";
}

TEST(handshake, tls_begins_where_it_is_asked_for_and_what_follows_is_left_alone) {
  auto const got = talk(fixed_newstyle + raw_option(5) + "sealed", 1000, secret_over_tls);
  EXPECT_EQ(got.phase, handshake::phase::tls);
  EXPECT_EQ(got.sent.substr(24, 8), "00000001");
  EXPECT_EQ(got.unused, 6U);
  auto const wrong = talk(fixed_newstyle + raw_option(5, "x"), 1000, secret_over_tls);
  EXPECT_EQ(wrong.phase, handshake::phase::negotiating);
  EXPECT_EQ(wrong.sent.substr(24, 8), "80000003");
  auto const unable = talk(fixed_newstyle + raw_option(5), 1000);
  EXPECT_EQ(unable.phase, handshake::phase::negotiating);
  EXPECT_EQ(unable.sent.substr(24, 8), "80000001");
}

TEST(handshake, goes_on_within_tls_which_begins_once) {
  handshake one(secret_over_tls);
  byte_buffer out;
  auto const take = [&](std::string const& bytes) {
    out.consume(out.size());
    EXPECT_EQ(one.take(std::as_bytes(std::span(bytes)), out), bytes.size());
    return testing::hex(out);
  };
  take(fixed_newstyle + raw_option(5));
  one.secured();
  EXPECT_EQ(take(raw_option(5)).substr(24, 8), "80000003");
  EXPECT_NE(take(go("data")).find("80000006"), std::string::npos) << "the name is still wanted";
  EXPECT_NE(take(go("a-secret")).find("0000000000100000"), std::string::npos);
  EXPECT_EQ(one.state(), handshake::phase::transmission);
}

}  // namespace
}  // namespace wedgehog::nbd
