// What the profiles of our own images say that a guest needs, and what a broken profile comes to.
#include "vm/guest_needs.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace wedgehog::vm {
namespace {

namespace files = std::filesystem;

std::string written(std::string const& text) {
  auto const file = ::testing::TempDir() + "profile.yaml";
  std::ofstream(file) << text;
  return file;
}

TEST(guest_needs, the_linux_image_says_how_much_memory_it_needs) {
  auto const profile = files::path(WEDGEHOG_SOURCE_DIR) / "images/linux/profile.yaml";
  auto const needs = read_guest_needs(profile.string());
  ASSERT_TRUE(needs);
  EXPECT_EQ(needs->least_memory, 256U << 20U);
}

TEST(guest_needs, a_profile_that_says_nothing_needs_nothing) {
  auto const needs = read_guest_needs(written("os: linux\n"));
  ASSERT_TRUE(needs);
  EXPECT_EQ(needs->least_memory, 0U);
}

TEST(guest_needs, what_cannot_be_read_is_named) {
  for (auto const* text : {"memory: {least: much}\n", "memory: [\n"}) {
    auto const file = written(text);
    auto const needs = read_guest_needs(file);
    ASSERT_FALSE(needs) << text;
    EXPECT_NE(needs.error().message().find(file), std::string::npos);
  }
  EXPECT_FALSE(read_guest_needs("/nowhere/profile.yaml"));
}

}  // namespace
}  // namespace wedgehog::vm
