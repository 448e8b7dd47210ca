#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "wire/frame.hpp"
#include "wire/messages.hpp"

namespace wedgehog::wire {
namespace {

struct heard {
  std::uint16_t type;
  std::uint32_t sequence;
  std::string payload;
  bool operator==(heard const&) const = default;
};

std::string framed(std::uint32_t sequence, std::string const& payload, std::uint16_t type = 65) {
  std::string bytes;
  append_frame(bytes, {type, sequence, payload});
  return bytes;
}

std::vector<heard> feed(decoder& to, std::string_view bytes) {
  std::vector<heard> all;
  to.feed(bytes, [&](frame const& f) {
    all.push_back({f.type, f.sequence, std::string(f.payload)});
  });
  return all;
}

void append(std::vector<heard>& to, std::vector<heard> const& more) {
  to.insert(to.end(), more.begin(), more.end());
}

bool same(line_counts const& a, line_counts const& b) {
  return a.frames == b.frames && a.garbage_bytes == b.garbage_bytes &&
         a.bad_headers == b.bad_headers && a.bad_payloads == b.bad_payloads &&
         a.oversized == b.oversized && a.lost_frames == b.lost_frames && a.restarts == b.restarts;
}

// A valid header that announces `length` bytes which do not follow.
std::string lone_header(std::uint32_t length) {
  std::string bytes(magic, sizeof magic);
  bytes.resize(header_size);
  detail::store<std::uint32_t>(bytes.data() + 8, length);
  detail::store<std::uint32_t>(bytes.data() + 16, crc32({bytes.data(), 16}));
  return bytes;
}

TEST(crc32, is_the_one_of_ieee_802_3) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(crc32("6789", crc32("12345")), 0xCBF43926U);
}

TEST(decoder, every_split_of_a_noisy_line_hears_the_same) {
  auto const noise = std::string("login: \xD7WH\xF5 \xD7W", 13);
  auto damaged = framed(2, "damaged");
  damaged[header_size + 2] ^= 4;
  auto const line = noise + framed(0, "zero") + framed(1, "") + damaged + framed(3, "three") +
                    "\xD7" + framed(4, std::string(300, '\xD7')) + framed(9, "nine");
  decoder whole;
  auto const expected = feed(whole, line);
  ASSERT_EQ(expected.size(), 5U);
  EXPECT_EQ(expected[2].payload, "three");
  EXPECT_EQ(whole.counts().lost_frames, 1U + 4U);
  EXPECT_EQ(whole.counts().bad_payloads, 1U);
  for (std::size_t cut = 0; cut <= line.size(); ++cut) {
    decoder split;
    auto got = feed(split, line.substr(0, cut));
    append(got, feed(split, line.substr(cut)));
    ASSERT_EQ(got, expected) << "cut at " << cut;
    ASSERT_TRUE(same(split.counts(), whole.counts())) << "cut at " << cut;
  }
  decoder trickle;
  std::vector<heard> got;
  for (char c : line) append(got, feed(trickle, {&c, 1}));
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(same(trickle.counts(), whole.counts()));
}

TEST(decoder, every_byte_is_accounted_for) {
  std::mt19937 source(1);
  for (int round = 0; round < 200; ++round) {
    std::string line;
    std::uint64_t useful = 0;
    for (std::uint32_t i = 0; i < 6; ++i) {
      for (auto n = source() % 40; n > 0; --n) line += static_cast<char>(source());
      line += framed(i, std::string(source() % 50, 'x'));
    }
    for (int flips = 0; flips < 3; ++flips) line[source() % line.size()] ^= 1 << (source() % 8);
    decoder one;
    for (auto const& f : feed(one, line)) useful += f.payload.size() + frame_overhead;
    ASSERT_EQ(useful + one.counts().garbage_bytes + one.held(), line.size());
  }
}

TEST(decoder, a_frame_cut_anywhere_costs_only_itself) {
  auto const cut_frame = framed(1, "to be cut");
  for (std::size_t kept = 0; kept < cut_frame.size(); ++kept) {
    decoder one;
    // What follows is longer than the damaged frame: bytes that never come are waited for so long.
    auto const got = feed(one, framed(0, "before") + cut_frame.substr(0, kept) +
                                   framed(2, "after") + framed(3, std::string(64, 'l')));
    ASSERT_EQ(got.size(), 3U) << kept;
    EXPECT_EQ(got[1].payload, "after");
    EXPECT_EQ(one.counts().lost_frames, 1U);
  }
}

TEST(decoder, no_flipped_bit_is_believed) {
  auto const good = framed(1, "payload");
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    decoder one;
    auto const got = feed(one, framed(0, "before") + flipped + framed(2, "after"));
    ASSERT_EQ(got.size(), 2U) << bit;
    EXPECT_EQ(got[0].payload, "before");
    EXPECT_EQ(got[1].payload, "after");
  }
}

TEST(decoder, an_oversized_frame_is_not_waited_for) {
  decoder one;
  auto const got = feed(one, lone_header(payload_limit + 1) + framed(0, "next"));
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(one.counts().oversized, 1U);
  decoder two;
  EXPECT_EQ(feed(two, framed(0, std::string(payload_limit, 'm'))).size(), 1U);
}

TEST(decoder, a_sender_that_begins_anew_is_not_a_loss) {
  decoder one;
  feed(one, framed(100, "old") + framed(0, "new") + framed(1, "newer"));
  EXPECT_EQ(one.counts().restarts, 1U);
  EXPECT_EQ(one.counts().lost_frames, 0U);
  decoder wraps;
  feed(wraps, framed(0xFFFFFFFFU, "last") + framed(0, "first"));
  EXPECT_EQ(wraps.counts().restarts + wraps.counts().lost_frames, 0U);
}

TEST(decoder, nested_headers_cost_a_bounded_number_of_checksums) {
  std::string hostile;
  while (hostile.size() < 4 * payload_limit) hostile += lone_header(payload_limit);
  decoder one;
  EXPECT_TRUE(feed(one, hostile).empty());
  // Two thousand overlapping frames are announced per 64 KiB; eight of them are looked at.
  EXPECT_LT(one.counts().bad_payloads, 8U * 5U);
  EXPECT_GT(one.counts().bad_payloads, 8U);
  EXPECT_LE(one.held(), frame_limit);
  auto const got = feed(one, std::string(2 * payload_limit, ' ') + framed(0, "recovered"));
  ASSERT_EQ(got.size(), 1U);
}

// ---- messages ----

template <class Message>
std::string encoded(Message const& message) {
  std::string bytes;
  EXPECT_TRUE(encode(message, bytes, payload_limit));
  return bytes;
}

TEST(fields, what_is_written_reads_back) {
  exec sent;
  sent.request = ~0ULL;
  sent.script = "echo \xFF" + std::string(1000, 'x');
  sent.environment = {"A=b", "", "C=d"};
  sent.deadline_ms = 1;
  exec got;
  ASSERT_TRUE(decode(encoded(sent), got));
  EXPECT_EQ(got.request, sent.request);
  EXPECT_EQ(got.script, sent.script);
  EXPECT_EQ(got.environment, sent.environment);
  EXPECT_EQ(got.deadline_ms, 1U);
  EXPECT_EQ(got.directory, "");
}

TEST(fields, nested_lists_read_back) {
  observation sent;
  sent.cpus.resize(3);
  sent.cpus[1].iowait = 1234567890123;
  sent.blocked_tasks.push_back({7, "xfsaild", true, 12, 34, "xfs_log_force", {"a", "b"}});
  sent.scan_cut_short = true;
  observation got;
  ASSERT_TRUE(decode(encoded(sent), got));
  ASSERT_EQ(got.cpus.size(), 3U);
  EXPECT_EQ(got.cpus[1].iowait, 1234567890123U);
  ASSERT_EQ(got.blocked_tasks.size(), 1U);
  EXPECT_EQ(got.blocked_tasks[0].comm, "xfsaild");
  EXPECT_TRUE(got.blocked_tasks[0].kernel);
  EXPECT_EQ(got.blocked_tasks[0].stack, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(got.scan_cut_short);
}

struct newer_ended {
  std::uint64_t request = 0;
  std::string novelty;
  cpu_times more_novelty;
  std::uint32_t exit_status = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(200, self.novelty);
    visit(201, self.more_novelty);
    visit(2, self.exit_status);
  }
};

TEST(fields, an_old_reader_skips_what_it_does_not_know) {
  newer_ended sent;
  sent.request = 5;
  sent.novelty = std::string(200, 'n');
  sent.more_novelty.idle = 9;
  sent.exit_status = 3;
  ended got;
  ASSERT_TRUE(decode(encoded(sent), got));
  EXPECT_EQ(got.request, 5U);
  EXPECT_EQ(got.exit_status, 3U);
}

TEST(fields, a_number_too_large_for_its_member_is_refused) {
  start_canary sent;
  sent.request = 1;
  sent.interval_ms = 1ULL << 40U;
  sysrq got;  // its second member has one byte, that of start_canary is text
  sent.directory = std::string_view("abc");
  EXPECT_FALSE(decode(encoded(sent), got));
}

TEST(fields, truncated_or_random_bytes_are_refused_or_harmless) {
  observation sent;
  sent.disks.push_back({"vda", 1, 2, 3, 4});
  sent.blocked_tasks.push_back({7, "sync", false, 12, 34, "", {"a"}});
  auto const whole = encoded(sent);
  for (std::size_t kept = 0; kept < whole.size(); ++kept) {
    observation got;
    if (decode(std::string_view(whole).substr(0, kept), got)) {
      EXPECT_LE(got.disks.size() + got.blocked_tasks.size(), 2U);
    }
  }
  std::string const endless("\x01\xFF\xFF\xFF\xFF", 5);
  observation got;
  EXPECT_FALSE(decode(endless, got));
}

TEST(fields, the_longest_beat_fits_its_slot) {
  beat longest;
  longest.number = longest.guest_us = longest.supervisor_age_ms = longest.observer_age_ms =
      longest.dropped = longest.garbage_bytes = longest.lost_frames = ~0ULL;
  std::string const name(47, 'n');
  workload_report work;
  work.name = name;
  work.request = work.done = work.errors = work.age_ms = ~0ULL;
  work.exit_status = work.signal = work.pid = ~0U;
  canary_report bird;
  bird.directory = name;
  bird.request = bird.completed = bird.failed = bird.pending_ms = bird.execute_us = bird.files_us =
      ~0ULL;
  bird.error_number = ~0U;
  while (longest.workloads.push_back(work)) {
  }
  while (longest.canaries.push_back(bird)) {
  }
  char slot[4096];
  sink to(slot, sizeof slot);
  ASSERT_TRUE(encode(longest, to));
  beat got;
  ASSERT_TRUE(decode(to.view(), got));
  EXPECT_EQ(got.workloads.size(), workloads_limit);
  EXPECT_EQ(got.canaries.size(), canaries_limit);
  EXPECT_EQ(got.canaries[3].directory.view(), name);
}

TEST(fields, what_does_not_fit_is_not_half_sent) {
  echo sent;
  sent.payload = std::string(100, 'x');
  std::string bytes;
  EXPECT_FALSE(encode(sent, bytes, 50));
  EXPECT_TRUE(bytes.empty());
}

}  // namespace
}  // namespace wedgehog::wire
