#include "nbd/backing.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>

#include "base/chance.hpp"
#include "tests/nbd/scratch.hpp"

namespace wedgehog::nbd {
namespace {

using testing::scratch;

std::unique_ptr<backing> open(backing_options const& options) {
  auto opened = backing::open(options);
  if (!opened) throw std::runtime_error(opened.error().message());
  return std::move(*opened);
}

std::string read(store& from, std::uint64_t offset, std::size_t length) {
  std::string text(length, '?');
  EXPECT_EQ(from.read(offset, std::as_writable_bytes(std::span(text))), 0);
  return text;
}

int write(store& to, std::uint64_t offset, std::string const& text) {
  return to.write(offset, std::as_bytes(std::span(text)), false);
}

// Random writes, zeros and trims of any alignment, against a string.
void behaves_like_a_string(backing& disk, std::string& model, chance luck, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    auto const length = 1 + luck.below(3000);
    auto const offset = luck.below(model.size() - length + 1);
    if (luck.below(3) != 0) {
      std::string const text(length, static_cast<char>('a' + luck.below(26)));
      ASSERT_EQ(write(disk, offset, text), 0);
      model.replace(offset, length, text);
    } else {
      ASSERT_EQ(disk.zero(offset, length, luck.below(2) == 0, false), 0);
      model.replace(offset, length, std::string(length, '\0'));
    }
    auto const from = luck.below(model.size());
    auto const count = 1 + luck.below(model.size() - from);
    ASSERT_EQ(read(disk, from, count), model.substr(from, count)) << "round " << round;
  }
}

TEST(backing, an_overlay_leaves_the_image_alone_and_survives_reopening) {
  scratch dir;
  chance luck(7);
  std::string image(40000, '\0');
  for (auto& one : image) one = static_cast<char>('A' + luck.below(26));
  auto const base = dir.write("base", image);
  backing_options const options{.base = base, .size = 50000, .overlay = dir / "overlay"};
  std::string model = image + std::string(10000, '\0');
  {
    auto const disk = open(options);
    behaves_like_a_string(*disk, model, luck.stream("first"), 300);
  }
  auto const again = open(options);
  EXPECT_EQ(read(*again, 0, 50000), model);
  behaves_like_a_string(*again, model, luck.stream("second"), 100);
  EXPECT_EQ(dir.read("base"), image);

  ASSERT_TRUE(again->copy_to(dir / "snapshot"));
  auto const copy = open({.base = base, .size = 50000, .overlay = dir / "snapshot"});
  EXPECT_EQ(read(*copy, 0, 50000), model);
  ASSERT_EQ(write(*copy, 0, "changed"), 0);
  EXPECT_EQ(read(*again, 0, 50000), model);
}

TEST(backing, in_place_and_in_memory_behave_the_same) {
  scratch dir;
  std::string model(30000, '\0');
  auto const file = dir.write("raw", model);
  auto const disk = open({.base = file});
  behaves_like_a_string(*disk, model, chance(3), 200);
  EXPECT_EQ(dir.read("raw"), model);
  std::string blank(30000, '\0');
  auto const memory = open({.size = 30000});
  behaves_like_a_string(*memory, blank, chance(4), 200);
}

TEST(backing, grows_in_place_with_zeros_and_never_shrinks) {
  scratch dir;
  auto const file = dir.write("raw", std::string(8192, 'x'));
  auto const disk = open({.base = file});
  ASSERT_TRUE(disk->grow(16384));
  EXPECT_EQ(disk->size(), 16384U);
  EXPECT_EQ(read(*disk, 8000, 400), std::string(192, 'x') + std::string(208, '\0'));
  ASSERT_EQ(write(*disk, 16000, std::string(384, 'y')), 0);
  EXPECT_EQ(dir.read("raw").size(), 16384U);
  EXPECT_TRUE(disk->grow(16384)) << "its own size is no change";
  for (std::uint64_t const size : {8192ULL, 16384ULL + 100, 1ULL << 60U}) {
    auto const refused = disk->grow(size);
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().whose(), blame::recipe);
  }
}

// Its map has to move, by a little (onto itself) or far, again and again.
TEST(backing, an_overlay_grows_with_its_map) {
  scratch dir;
  chance luck(11);
  std::string image(8U << 20U, '\0');
  for (std::size_t i = 0; i < image.size(); i += 100) image[i] = static_cast<char>(luck.below(256));
  auto const base = dir.write("base", image);
  for (std::uint64_t const step : {512ULL, 4096ULL, 100'352ULL, 3ULL << 20U}) {
    auto const overlay = dir / ("overlay-" + std::to_string(step));
    std::string model = image;
    for (int round = 0; round < 4; ++round) {
      auto const disk = open({.base = base, .size = model.size(), .overlay = overlay});
      behaves_like_a_string(*disk, model, chance(step + static_cast<std::uint64_t>(round)), 60);
      ASSERT_TRUE(disk->grow(model.size() + step));
      model.resize(model.size() + step);
      ASSERT_EQ(disk->size(), model.size());
      behaves_like_a_string(*disk, model, chance(step * 7), 60);
      ASSERT_EQ(read(*disk, 0, model.size()), model) << step << " round " << round;
    }
    auto const again = open({.base = base, .size = model.size(), .overlay = overlay});
    EXPECT_EQ(read(*again, 0, model.size()), model) << step;
  }
  EXPECT_EQ(dir.read("base"), image);
}

TEST(backing, only_files_and_block_devices_are_images) {
  scratch dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  for (auto const& path : {dir / "pipe", dir / ".", std::string("/dev/zero")})
    for (bool const read_only : {false, true}) {
      auto const refused = backing::open({.base = path, .size = 4096, .read_only = read_only});
      ASSERT_FALSE(refused) << path;
    }
}

TEST(backing, a_pristine_disk_costs_nothing_whatever_its_size) {
  scratch dir;
  auto const disk = open({.size = std::uint64_t{1} << 42U, .overlay = dir / "overlay"});
  EXPECT_LE(disk->allocated(), 16384U);
  ASSERT_EQ(write(*disk, (std::uint64_t{1} << 42U) - 512, std::string(512, 'x')), 0);
  EXPECT_LE(disk->allocated(), 65536U);
  EXPECT_EQ(read(*disk, (std::uint64_t{1} << 42U) - 512, 512), std::string(512, 'x'));
  EXPECT_EQ(read(*disk, 0, 512), std::string(512, '\0'));
}

TEST(backing, status_never_calls_data_zero) {
  scratch dir;
  auto const disk = open({.size = 1U << 20U, .overlay = dir / "overlay"});
  ASSERT_EQ(write(*disk, 65536, std::string(4096, 'x')), 0);
  auto const extents = disk->status(0, 1U << 20U, 100);
  std::uint64_t at = 0;
  for (auto const& one : extents) {
    bool const covers = at <= 65536 && 65536 < at + one.length;
    EXPECT_FALSE(covers && one.zero);
    EXPECT_TRUE(!one.zero || read(*disk, at, one.length) == std::string(one.length, '\0'));
    at += one.length;
  }
  EXPECT_EQ(at, 1U << 20U);
  EXPECT_GE(extents.size(), 2U);
  EXPECT_EQ(disk->status(0, 1U << 20U, 1).size(), 1U);
}

TEST(backing, what_makes_no_sense_is_refused_with_the_reason) {
  scratch dir;
  EXPECT_EQ(backing::open({}).error().whose(), blame::recipe);
  EXPECT_EQ(backing::open({.base = dir / "none"}).error().whose(), blame::host);
  auto const base = dir.write("base", std::string(8192, 'x'));
  EXPECT_FALSE(backing::open({.base = base, .size = 4096}));
  auto const other = dir.write("other", std::string(20000, 'x'));
  auto const wrong = backing::open({.base = base, .overlay = other});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("was not made for"), std::string::npos);
  EXPECT_EQ(dir.read("other"), std::string(20000, 'x')) << "a foreign file is left alone";
}

// A file-size limit fails a write as a full file system does, and needs no mount.
TEST(backing, a_write_that_the_host_refuses_leaves_the_old_content_readable) {
  scratch dir;
  auto const base = dir.write("base", std::string(1U << 20U, 'b'));
  auto const disk = open({.base = base, .overlay = dir / "overlay"});
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit const low{.rlim_cur = 65536, .rlim_max = before.rlim_max};
  auto* const old = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
  int const beyond = write(*disk, 131072, std::string(4096, 'x'));
  int const below = write(*disk, 0, std::string(4096, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old);
  EXPECT_EQ(beyond, EFBIG);
  EXPECT_EQ(below, EFBIG) << "the map, which lies behind the data, could not be written";
  EXPECT_EQ(read(*disk, 131072, 4096), std::string(4096, 'b'));
  EXPECT_EQ(read(*disk, 0, 4096), std::string(4096, 'b'));
}

}  // namespace
}  // namespace wedgehog::nbd
