// The disks of one machine: what asking them changes (nothing), and what they keep of a base image.
#include "faults/disk_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "faults/base_image.hpp"
#include "tests/loop_runner.hpp"
#include "tests/nbd/recording_client.hpp"
#include "tests/nbd/scratch.hpp"

namespace wedgehog::faults {
namespace {

using ::testing::HasSubstr;
using wedgehog::testing::scratch;

struct bench {
  result<nbd::place> serve(disk_place where) {
    where.name = "data";
    where.served_at = dir / "socket";
    return disks.serve(where);
  }
  ~bench() { wedgehog::testing::run_to_end(context, disks.stop()); }

  scratch dir;
  boost::asio::io_context context;
  loop::real_clock time;
  disk_set disks{context.get_executor(), time, 1, {}};
};

TEST(disk_set, asking_what_is_held_changes_nothing) {
  bench all;
  ASSERT_TRUE(all.serve({.file = all.dir.write("raw", std::string(65536, 'x'))}));
  auto* const disk = all.disks.find("data");
  ASSERT_TRUE(disk->inject("hold-1=hold:operations=flush"));
  wedgehog::testing::recording_client one;
  disk->attach(one);
  disk->submit(one, {.what = nbd::operation::read, .length = 512}, {}, all.time.now());
  disk->submit(one, {.what = nbd::operation::flush}, {}, all.time.now());
  disk_set const& asked = all.disks;
  EXPECT_THAT(asked.holding(), ::testing::ElementsAre("data"));
  EXPECT_TRUE(asked.requests_in_flight());
  // What a collector would have seen without the questions.
  auto const seen = disk->sample();
  EXPECT_EQ(seen.reads, 1U);
  EXPECT_EQ(seen.held, 1U);
  disk->detach(one);
}

TEST(disk_set, a_base_is_read_and_never_copied_nor_written) {
  bench all;
  std::string const image(1U << 20U, 'b');
  auto const base = all.dir.write("base", image);
  ASSERT_TRUE(
      all.serve({.file = all.dir / "data.changes", .base = base, .size = std::uint64_t{2} << 20U}));
  auto* const disk = all.disks.find("data");
  EXPECT_EQ(disk->size(), 2U << 20U);
  wedgehog::testing::recording_client one;
  disk->attach(one);
  std::string const text(4096, 'w');
  disk->submit(one, {.what = nbd::operation::write, .length = 4096, .offset = 8192},
               std::as_bytes(std::span(text)), all.time.now());
  EXPECT_LE(disk->files().allocated(), 64U << 10U);
  EXPECT_EQ(all.dir.read("base"), image);
  disk->detach(one);
}

TEST(disk_set, a_base_that_does_not_fit_is_the_recipes_fault) {
  bench all;
  auto const base = all.dir.write("base", std::string(1U << 20U, 'b'));
  auto const refused =
      all.serve({.file = all.dir / "data.changes", .base = base, .size = 512U << 10U});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().whose(), blame::recipe);
  EXPECT_THAT(refused.error().message(), HasSubstr("is larger than the disk"));
}

TEST(base_image, fits_into_a_disk_of_its_size_or_more) {
  scratch dir;
  auto const base = dir.write("base", std::string(8192, 'b'));
  EXPECT_TRUE(base_fits(base, 8192));
  EXPECT_TRUE(base_fits(base, 1U << 20U));
  for (auto const& [image, size] : {std::pair(base, 4096U), std::pair(dir / "nothing", 8192U)}) {
    auto const refused = base_fits(image, size);
    ASSERT_FALSE(refused) << image;
    EXPECT_EQ(refused.error().whose(), blame::recipe);
    EXPECT_THAT(refused.error().message(), HasSubstr(image));
  }
}

TEST(base_image, is_noted_by_where_it_is_and_how_to_know_it_again) {
  scratch dir;
  auto const base = dir.write("base", std::string(1000, 'b'));
  ASSERT_TRUE(note_base(base, dir / "noted"));
  EXPECT_THAT(dir.read("noted"), HasSubstr("\"size\":1000"));
  EXPECT_THAT(dir.read("noted"), HasSubstr("\"modified\":\"20"));
  auto const missing = note_base(dir / "nothing", dir / "noted");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().whose(), blame::recipe);
}

}  // namespace
}  // namespace wedgehog::faults
