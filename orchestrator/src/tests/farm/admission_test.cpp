#include "farm/admission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "farm/seen_room.hpp"

namespace wedgehog::farm {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint64_t mib = 1U << 20U;

// Two processors and 24 GB, with nothing else to do.
host_room idle_host() {
  return {.memory = 22 * 1024 * mib,
          .tmpfs = 12 * 1024 * mib,
          .idle_processors = 2,
          .descriptors = 65536,
          .processes = 30000,
          .maps = 65530};
}

TEST(admission, three_hundred_clones_that_idle_fit_where_four_hundred_and_fifty_do_not) {
  auto const fit = admit(idle_host(), idle(needs_of_clone(256 * mib)));
  EXPECT_GE(fit.fit, 300U);
  EXPECT_LT(fit.fit, 450U);
}

TEST(admission, says_what_is_used_up_first) {
  auto const one = needs_of_booted(256 * mib);
  EXPECT_THAT(admit(idle_host(), one).limited_by, StartsWith("processors"));
  auto room = idle_host();
  room.idle_processors = 64;
  EXPECT_EQ(admit(room, one).fit, 48U);
  EXPECT_THAT(admit(room, one).limited_by, StartsWith("memory of guests"));
  room.tmpfs = 1U << 30U;
  EXPECT_EQ(admit(room, one).fit, 4U);
  EXPECT_EQ(admit(room, needs_of_clone(256 * mib)).limited_by.substr(0, 10), "processors");
  room.memory = 1024 * mib;
  EXPECT_EQ(admit(room, one).fit, 1U);
  EXPECT_THAT(admit(room, one).limited_by, StartsWith("memory: "));
  room.descriptors = 65;
  EXPECT_EQ(admit(room, one).fit, 0U);
  EXPECT_THAT(admit(room, one).limited_by, StartsWith("descriptors"));
}

TEST(admission, refuses_where_no_machine_could_run_at_all) {
  auto room = idle_host();
  room.maps = 1000;
  EXPECT_EQ(admit(room, needs_of_booted(256 * mib)).fit, 0U);
  EXPECT_THAT(admit(room, needs_of_booted(256 * mib)).limited_by, HasSubstr("max_map_count"));
  room = idle_host();
  room.memory = 100 * mib;  // less than is kept for others
  EXPECT_EQ(admit(room, needs_of_booted(256 * mib)).fit, 0U);
}

TEST(admission, more_room_never_means_fewer) {
  auto room = idle_host();
  std::size_t before = 0;
  for (std::uint64_t memory = 0; memory < 64 * 1024 * mib; memory += 512 * mib) {
    room.memory = memory;
    auto const fit = admit(room, needs_of_booted(512 * mib)).fit;
    EXPECT_GE(fit, before);
    before = fit;
  }
}

TEST(admission, starving_takes_a_quarter_and_leaves_one) {
  EXPECT_EQ(after_starving(300), 225U);
  EXPECT_EQ(after_starving(8), 6U);
  EXPECT_EQ(after_starving(3), 2U);
  EXPECT_EQ(after_starving(2), 1U);
  EXPECT_EQ(after_starving(1), 1U);
}

TEST(seen_room, is_that_of_this_host) {
  auto const room = seen_room("/dev/shm/not-there-yet", 0);
  EXPECT_GT(room.memory, 0U);
  EXPECT_GT(room.tmpfs, 0U);
  EXPECT_GE(room.idle_processors, 0);
  EXPECT_GT(room.descriptors, 0U);
  EXPECT_GT(room.processes, 0U);
  EXPECT_GT(room.maps, 0U);
  EXPECT_LE(seen_room("/dev/shm/not-there-yet", std::uint64_t{1} << 62U).tmpfs, 0U);
}

TEST(admission, another_run_wants_memory_and_no_idle_processor) {
  auto room = seen_memory("/dev/shm", 0);
  room.memory = 4096 * mib;
  room.tmpfs = 1024 * mib;
  room.idle_processors = 0;
  auto const needs = needs_of_booted(256 * mib);
  EXPECT_TRUE(room_for_another(room, needs));
  room.tmpfs = 255 * mib;
  auto const full = room_for_another(room, needs);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().whose(), blame::host);
  EXPECT_EQ(full.error().message(),
            "there is no room for another run: memory of guests: 255.0 MiB are free, a run takes "
            "256.0 MiB");
  EXPECT_TRUE(room_for_another(room, needs_of_clone(256 * mib))) << "it has its template's";
  room.memory = 700 * mib;
  EXPECT_FALSE(room_for_another(room, needs)) << "others on the host need some too";
}

}  // namespace
}  // namespace wedgehog::farm
