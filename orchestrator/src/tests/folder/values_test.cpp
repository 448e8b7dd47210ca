#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "folder/chunker.hpp"
#include "folder/moment.hpp"
#include "folder/owner.hpp"
#include "folder/pack.hpp"
#include "timeline/timeline.hpp"

namespace wedgehog::folder {
namespace {

moment at(std::string_view text) {
  return parse_moment(text).value();
}

TEST(moment, is_utc_text_that_reads_back) {
  moment const when = at("2026-11-21T03:41:07.123Z");
  EXPECT_EQ(to_text(when), "2026-11-21T03:41:07.123Z");
  EXPECT_EQ(name_part(when), "20261121-0341");
  EXPECT_EQ(to_text(moment{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_text(at("2028-02-29T23:59:59.999Z")), "2028-02-29T23:59:59.999Z");
  EXPECT_EQ(at("2026-11-21T03:41:07.123Z") + std::chrono::milliseconds(877),
            at("2026-11-21T03:41:08.000Z"));
}

TEST(moment, other_forms_are_refused) {
  for (auto const* bad : {"", "2026-11-21", "2026-11-21 03:41:07.123Z", "2026-13-21T03:41:07.123Z",
                          "2026-02-30T03:41:07.123Z", "2026-11-21T24:41:07.123Z",
                          "2026-11-21T03:41:07.12-Z", "2026-11-21T03:41:07.123+"})
    EXPECT_FALSE(parse_moment(bad)) << bad;
}

TEST(pack, gives_back_what_it_got_and_notices_damage) {
  std::string const text(100'000, 'x');
  for (std::string const& one : {std::string(), std::string("a\n"), text}) {
    auto const packed = pack(one, 3);
    EXPECT_EQ(unpack(packed).value(), one);
    if (one.empty()) continue;
    for (std::size_t i = 0; i < packed.size(); ++i) {
      auto broken = packed;
      broken[i] = static_cast<char>(broken[i] ^ 0x10);
      auto const read = unpack(broken);
      EXPECT_TRUE(!read || read.value() == one) << "byte " << i;
    }
    EXPECT_FALSE(unpack(std::string_view(packed).substr(0, packed.size() - 1)));
  }
  EXPECT_FALSE(unpack(""));
  EXPECT_FALSE(unpack("not zstd at all"));
}

timeline::signal beat_at(std::int64_t seconds) {
  return {microseconds(seconds * 1'000'000), timeline::beat{.source = "agent-fifo", .count = 1}};
}

TEST(chunker, a_chunk_is_due_after_five_seconds_of_signals_or_64_kib) {
  chunker by_time;
  for (int second = 0; second < 5; ++second) EXPECT_FALSE(by_time.append(beat_at(second)));
  auto const chunk = by_time.append(beat_at(5));
  ASSERT_TRUE(chunk);
  EXPECT_EQ(timeline::read_text(*chunk).signals.size(), 6U);
  EXPECT_EQ(by_time.take(), "");

  chunker by_size;
  std::size_t appended = 0;
  std::optional<std::string> large;
  while (!large && ++appended < 10'000) large = by_size.append(beat_at(0));
  ASSERT_TRUE(large);
  EXPECT_GE(large->size(), 64U * 1024);
  EXPECT_LT(large->size(), 65U * 1024);
}

TEST(chunker, late_reports_do_not_hasten_or_block_a_chunk) {
  chunker some;
  EXPECT_FALSE(some.append(beat_at(100)));
  EXPECT_FALSE(some.append(beat_at(3)));
  EXPECT_TRUE(some.append(beat_at(105)));
  EXPECT_FALSE(some.append(beat_at(106)));
  EXPECT_NE(some.take(), "");
}

TEST(owner, this_process_is_alive_and_its_look_alikes_are_not) {
  owner const self = this_process();
  EXPECT_EQ(self.pid, getpid());
  EXPECT_EQ(look_for(self), presence::alive);

  owner recycled_pid = self;
  recycled_pid.began += 1;
  EXPECT_EQ(look_for(recycled_pid), presence::gone);

  owner before_reboot = self;
  before_reboot.boot = "another-boot";
  EXPECT_EQ(look_for(before_reboot), presence::gone);

  owner elsewhere = before_reboot;
  elsewhere.host = "another-host";
  EXPECT_EQ(look_for(elsewhere), presence::unknown);

  owner in_a_container = self;
  in_a_container.pid_namespace += 1;
  EXPECT_EQ(look_for(in_a_container), presence::unknown);
}

TEST(owner, a_child_that_ended_is_gone_even_as_a_zombie) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  pid_t const child = fork();
  if (child == 0) {
    auto const self = this_process();
    std::int64_t const words[2] = {self.pid, static_cast<std::int64_t>(self.began)};
    _exit(::write(ends[1], words, sizeof words) == sizeof words ? 0 : 1);
  }
  std::int64_t words[2] = {};
  ASSERT_EQ(::read(ends[0], words, sizeof words), static_cast<ssize_t>(sizeof words));
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  owner whose = this_process();
  whose.pid = words[0];
  whose.began = static_cast<std::uint64_t>(words[1]);
  EXPECT_EQ(look_for(whose), presence::gone);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(look_for(whose), presence::gone);
}

}  // namespace
}  // namespace wedgehog::folder
