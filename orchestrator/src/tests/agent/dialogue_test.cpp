#include "agent/dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "wire/packing.hpp"

namespace wedgehog::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

time_point at(std::chrono::seconds since_start) {
  return time_point{} + 1h + since_start;
}

// The guest's side of a transcript.
class guest {
 public:
  template <class Message>
  guest& says(Message const& message) {
    std::string payload;
    EXPECT_TRUE(wire::encode(message, payload, wire::payload_limit));
    wire::append_frame(line, {static_cast<std::uint16_t>(Message::type), sequence++, payload});
    return *this;
  }
  std::string line;
  std::uint32_t sequence = 0;
};

wire::hello hello_of(std::uint64_t session) {
  wire::hello hello;
  hello.protocol = wire::protocol_version;
  hello.oldest_protocol = wire::oldest_protocol_version;
  hello.session = session;
  hello.os = "linux";
  return hello;
}

std::vector<event> hear(dialogue& talk, std::string_view bytes) {
  std::vector<event> events;
  talk.receive(bytes, [&](event const& one) { events.push_back(one); });
  return events;
}

// What the host wrote, as types.
std::vector<wire::message_type> written(dialogue& talk, wire::decoder& line) {
  std::vector<wire::message_type> types;
  line.feed(talk.take_outgoing(), [&](wire::frame const& frame) {
    types.push_back(static_cast<wire::message_type>(frame.type));
  });
  EXPECT_EQ(line.counts().garbage_bytes + line.counts().lost_frames, 0U);
  return types;
}
using types = std::vector<wire::message_type>;
using type = wire::message_type;

std::vector<std::size_t> kinds(std::vector<event> const& events) {
  std::vector<std::size_t> indices;
  for (auto const& one : events) indices.push_back(one.index());
  return indices;
}

TEST(dialogue, an_agent_that_another_took_the_place_of_does_not_come_back) {
  dialogue talk;
  std::ignore = hear(talk, guest().says(hello_of(7)).line);
  auto const restart = hear(talk, guest().says(hello_of(8)).line);
  ASSERT_EQ(restart.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<restarted>(restart[0]));
  // Forged, or late: neither a start nor a greeting.
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(hear(talk, guest().says(hello_of(7)).line).size(), 0U);
    EXPECT_EQ(hear(talk, guest().says(hello_of(8)).line).size(), 1U);
  }
  EXPECT_EQ(talk.counts().stale_hellos, 100U);
}

TEST(dialogue, greets_until_the_agent_answers) {
  dialogue talk;
  wire::decoder line;
  talk.greet(at(0s));
  EXPECT_EQ(written(talk, line), types{type::greeting});
  talk.tick(at(0s));
  EXPECT_EQ(written(talk, line), types{});
  talk.tick(at(1s));
  EXPECT_EQ(written(talk, line), types{type::greeting});
  auto const events = hear(talk, guest().says(hello_of(7)).line);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(std::get<wire::hello>(events[0]).os, "linux");
  EXPECT_TRUE(talk.greeted());
  talk.tick(at(60s));
  EXPECT_EQ(written(talk, line), types{});
}

TEST(dialogue, says_what_to_do_about_an_agent_of_another_age) {
  auto hello = hello_of(7);
  hello.protocol = hello.oldest_protocol = wire::protocol_version + 2;
  dialogue talk;
  auto const events = hear(talk, guest().says(hello).line);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_THAT(std::get<incompatible>(events[0]).why, HasSubstr("rebuild the guest's image"));
  EXPECT_FALSE(talk.greeted());
  hello.oldest_protocol = wire::protocol_version;  // a newer one that still speaks ours
  EXPECT_TRUE(std::holds_alternative<wire::hello>(hear(talk, guest().says(hello).line)[0]));
}

TEST(dialogue, a_transcript_means_the_same_at_every_split) {
  wire::beat beat;
  beat.number = 3;
  wire::output output;
  output.bytes = "hi\n";
  wire::ended ended;
  ended.request = 1;
  auto const line =
      "Booting\r\n" + guest().says(hello_of(7)).says(beat).says(output).says(ended).line + "\xD7W";
  dialogue whole;
  auto const expected = kinds(hear(whole, line));
  ASSERT_EQ(expected.size(), 4U);
  for (std::size_t cut = 0; cut <= line.size(); ++cut) {
    dialogue split;
    auto got = kinds(hear(split, line.substr(0, cut)));
    auto const more = kinds(hear(split, line.substr(cut)));
    got.insert(got.end(), more.begin(), more.end());
    ASSERT_EQ(got, expected) << cut;
  }
}

TEST(dialogue, repeats_a_request_until_accepted_then_asks_for_its_end) {
  dialogue talk(40);
  wire::decoder line;
  auto const asked = talk.ask(wire::exec{}, at(0s));
  ASSERT_TRUE(asked);
  EXPECT_EQ(*asked, 40U);
  EXPECT_EQ(written(talk, line), types{type::exec});
  talk.tick(at(1s));
  EXPECT_EQ(written(talk, line), types{});
  talk.tick(at(2s));
  EXPECT_EQ(written(talk, line), types{type::exec});
  wire::accepted accepted;
  accepted.request = 40;
  hear(talk, guest().says(accepted).line);
  talk.tick(at(8s));
  EXPECT_EQ(written(talk, line), types{type::query});
  talk.tick(at(9s));
  EXPECT_EQ(written(talk, line), types{});
  talk.forget(40);
  talk.tick(at(100s));
  EXPECT_EQ(written(talk, line), types{});
  EXPECT_EQ(talk.counts().sent_again, 2U);
}

TEST(dialogue, a_restarted_agent_has_forgotten_everything) {
  dialogue talk;
  wire::decoder line;
  hear(talk, guest().says(hello_of(7)).line);
  ASSERT_TRUE(talk.ask(wire::exec{}, at(0s)));
  written(talk, line);
  auto const events = hear(talk, guest().says(hello_of(8)).line);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<restarted>(events[0]));
  talk.tick(at(100s));
  EXPECT_EQ(written(talk, line), types{});
  EXPECT_EQ(hear(talk, guest().says(hello_of(8)).line).size(), 1U);
}

TEST(dialogue, tells_silence_from_noise_from_a_stranger) {
  dialogue talk;
  EXPECT_THAT(talk.describe_silence(), HasSubstr("nothing came"));
  hear(talk, "\r\nDebian GNU/Linux 12 guest ttyS1\r\n\r\nguest login: ");
  EXPECT_THAT(talk.describe_silence(), HasSubstr("something else"));
  hear(talk, guest().says(wire::beat{}).line);
  EXPECT_THAT(talk.describe_silence(), HasSubstr("1 frames"));
}

TEST(dialogue, an_agent_that_does_not_read_cannot_make_it_grow) {
  dialogue talk;
  wire::write_file request;
  request.content = std::string(60000, 'c');
  int taken = 0;
  while (taken < 1000 && talk.ask(request, at(0s))) ++taken;
  EXPECT_LT(taken, 20);
  EXPECT_GT(taken, 10);
  for (int second = 0; second < 100; ++second) talk.tick(at(std::chrono::seconds(second)));
  EXPECT_LE(talk.take_outgoing().size(), dialogue::outgoing_limit + 1000);
}

TEST(dialogue, a_request_that_cannot_be_framed_is_refused) {
  dialogue talk;
  wire::exec request;
  request.script = std::string(70000, 's');
  auto const asked = talk.ask(request, at(0s));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().whose(), blame::host);
  EXPECT_FALSE(talk.has_outgoing());
}

TEST(dialogue, counts_frames_it_cannot_use) {
  dialogue talk;
  std::string line;
  wire::append_frame(line, {64, 0, "\x01\xFF"});
  wire::append_frame(line, {9999, 1, "whatever"});
  EXPECT_TRUE(hear(talk, line).empty());
  EXPECT_EQ(talk.counts().unreadable, 1U);
  EXPECT_EQ(talk.counts().unknown, 1U);
}

TEST(dialogue, unpacks_output_and_believes_none_that_does_not_fit) {
  std::string const text(5000, 'x');
  wire::output piece;
  piece.request = 3;
  piece.offset = 100;
  piece.bytes = wire::packed(text);
  piece.unpacked = text.size();
  auto wrong = piece;
  wrong.unpacked = text.size() - 1;
  auto huge = piece;
  huge.unpacked = ~std::uint64_t{0};
  dialogue talk;
  auto const events = hear(talk, guest().says(piece).says(wrong).says(huge).line);
  ASSERT_EQ(events.size(), 1U);
  auto const& heard = std::get<wire::output>(events[0]);
  EXPECT_EQ(heard.bytes, text);
  EXPECT_EQ(heard.offset, 100U);
  EXPECT_EQ(heard.unpacked, 0U);
  EXPECT_EQ(talk.counts().unreadable, 2U);
}

}  // namespace
}  // namespace wedgehog::agent
