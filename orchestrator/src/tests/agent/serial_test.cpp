// What a serial line does to the talk: it loses, doubles and turns bytes, and it is slow. A byte
// costs at most the frame that it is in, and no beat waits longer than for one piece of output.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "outbox.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"
#include "wire/packing.hpp"

namespace wedgehog::wire {
namespace {

// Frames as an agent sends them: beats, and now and then a larger one with any bytes in it, such as
// a collection that holds what looks like the beginning of a frame.
std::vector<std::string> sent_frames(std::mt19937& chance) {
  std::vector<std::string> all;
  for (std::uint32_t number = 0; number < 24; ++number) {
    std::string payload;
    auto const size = number % 5 == 4 ? 220U : 12U + chance() % 40U;
    while (payload.size() < size) payload += static_cast<char>(chance());
    if (number % 7 == 3) payload.insert(payload.size() / 2, magic, sizeof magic);
    std::string bytes;
    append_frame(bytes, {static_cast<std::uint16_t>(65 + number % 3), number, payload});
    all.push_back(bytes);
  }
  return all;
}

std::vector<std::uint32_t> heard_numbers(std::string const& line, line_counts& counts) {
  decoder hears;
  std::vector<std::uint32_t> numbers;
  hears.feed(line, [&](frame const& one) { numbers.push_back(one.sequence); });
  counts = hears.counts();
  return numbers;
}

enum class damage { drop, twice, flip };

void expect_one_lost_at_most(std::vector<std::string> const& frames, damage how) {
  std::string line;
  for (auto const& one : frames) line += one;
  // What follows: bytes that never come are waited for until as many of others have.
  std::string after;
  for (std::uint32_t i = 0; i < 4; ++i)
    append_frame(after, {65, static_cast<std::uint32_t>(frames.size()) + i, std::string(100, 'a')});
  for (std::size_t at = 0; at < line.size(); ++at) {
    auto hit = line;
    if (how == damage::drop) hit.erase(at, 1);
    if (how == damage::twice) hit.insert(at, 1, line[at]);
    if (how == damage::flip) hit[at] = static_cast<char>(hit[at] ^ (1 << (at % 8)));
    line_counts counts;
    auto const numbers = heard_numbers(hit + after, counts);
    ASSERT_GE(numbers.size(), frames.size() + 4 - 1) << at;
    ASSERT_LE(counts.lost_frames, 1U) << at;
    ASSERT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << at;
    ASSERT_EQ(numbers.back(), frames.size() + 3) << at;
  }
}

TEST(serial_line, a_byte_that_is_lost_doubled_or_turned_costs_one_frame_at_most) {
  std::mt19937 chance(7);
  auto const frames = sent_frames(chance);
  for (auto const how : {damage::drop, damage::twice, damage::flip})
    expect_one_lost_at_most(frames, how);
}

// A writer of 11,520 bytes a second, and collectors that fill the backlog whenever they may.
TEST(serial_line, a_beat_waits_for_one_piece_of_output_at_most) {
  constexpr std::size_t bytes_per_second = 11520;
  constexpr std::size_t piece = 8192 + 64;
  guest::outbox out(guest::outbox::slow_backlog);
  std::vector<char> room(payload_limit);
  double now = 0;
  double next_beat = 0;
  double longest = 0;
  std::vector<double> waiting;
  std::string const text(piece, 'x');
  for (int turn = 0; turn < 2000; ++turn) {
    for (; next_beat <= now; next_beat += 0.5) {
      out.put_beat("beat");
      waiting.push_back(next_beat);
    }
    while (!out.crowded()) ASSERT_TRUE(out.put_output(message_type::output, text));
    auto const taken = out.take(room.data());
    now += static_cast<double>(taken.payload.size() + frame_overhead) / bytes_per_second;
    if (taken.type != static_cast<std::uint16_t>(message_type::beat)) continue;
    longest = std::max(longest, now - waiting.front());
    waiting.erase(waiting.begin());
  }
  EXPECT_LT(longest, 1.0 * (piece + 3 * frame_overhead) / bytes_per_second);
  EXPECT_GT(longest, 0.3);  // the line was full
}

TEST(serial_line, an_answer_stands_behind_little_when_collectors_write) {
  guest::outbox out(guest::outbox::slow_backlog);
  std::string const text(8192, 'x');
  while (!out.crowded()) ASSERT_TRUE(out.put_output(message_type::output, text));
  ASSERT_TRUE(out.put(message_type::echoed, "here"));
  std::vector<char> room(payload_limit);
  std::size_t before = 0;
  for (;;) {
    auto const taken = out.take(room.data());
    if (taken.type == static_cast<std::uint16_t>(message_type::echoed)) break;
    before += taken.payload.size();
  }
  EXPECT_LE(before, guest::outbox::slow_backlog + text.size());
}

std::string listing() {
  std::string text = "PID TID PPID STATE KERNEL SWITCHES RUN_US WCHAN COMM\n";
  for (int i = 0; i < 300; ++i)
    text += "- " + std::to_string(81920 + 77 * i) + " - B 1 0 " + std::to_string(i * i) +
            " h2idle h2xop-ROOT." + std::to_string(i % 32) + "\n";
  return text;
}

TEST(packing, is_undone_for_any_text) {
  std::mt19937 chance(3);
  std::string back;
  std::vector<std::string> texts{"",     "a",      std::string(4, 'a'), std::string(100000, 'z'),
                                 "abab", listing()};
  for (int i = 0; i < 200; ++i) {
    std::string text;
    auto const letters = 1 + chance() % 255U;
    for (auto size = chance() % 5000U; size > 0; --size)
      text += static_cast<char>(chance() % letters);
    texts.push_back(text);
  }
  for (auto& text : texts) {
    text.resize(std::min(text.size(), packing_limit));
    auto const shorter = packed(text);
    EXPECT_LE(shorter.size(), text.size() + text.size() / 128 + 1);
    ASSERT_TRUE(unpack(shorter, text.size(), back));
    ASSERT_EQ(back, text);
  }
}

TEST(packing, makes_a_listing_less_than_half_as_long) {
  auto const text = listing().substr(0, 8192);
  EXPECT_LT(packed(text).size() * 2, text.size());
}

TEST(packing, of_damaged_bytes_gives_no_more_than_was_announced) {
  std::mt19937 chance(11);
  auto const text = listing();
  auto const good = packed(text);
  std::string back;
  for (int i = 0; i < 4000; ++i) {
    auto bad = good.substr(0, chance() % (good.size() + 1));
    if (!bad.empty()) bad[chance() % bad.size()] = static_cast<char>(chance());
    if (unpack(bad, text.size(), back)) {
      EXPECT_EQ(back.size(), text.size());
    }
    EXPECT_LE(back.size(), text.size());
  }
  EXPECT_FALSE(unpack(good, text.size() - 1, back));
  EXPECT_FALSE(unpack(good, text.size() + 1, back));
  EXPECT_FALSE(unpack("x", packing_limit + 1, back));
}

}  // namespace
}  // namespace wedgehog::wire
