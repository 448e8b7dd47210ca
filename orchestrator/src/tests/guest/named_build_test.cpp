// What is built like another image: those that ship, and what is said of a wrong one.
#include "guest/named_build.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/file_text.hpp"

namespace wedgehog::guest {
namespace {

namespace files = std::filesystem;

files::path const images = files::path(WEDGEHOG_SOURCE_DIR) / "images";

std::string complaints_of_build(std::string const& text) {
  return recipe::print(read_named_build(text).complaints, "b");
}

TEST(named_build, those_that_ship_are_built_by_what_ships) {
  std::size_t found = 0;
  for (auto const& entry : files::directory_iterator(images)) {
    auto const file = entry.path() / "build.yaml";
    if (!files::exists(file)) continue;
    ++found;
    auto const read = read_named_build(testing::text_of(file));
    EXPECT_EQ(recipe::print(read.complaints, file.string()), "");
    EXPECT_TRUE(files::exists(images / read.value.of / "build")) << file;
    EXPECT_FALSE(files::exists(entry.path() / "profile.yaml"))
        << "it has that of " << read.value.of;
  }
  EXPECT_GE(found, 2U);
}

TEST(named_build, is_read_as_it_was_written) {
  std::vector<named_build> const all{
      {.of = "linux"},
      {.of = "linux", .kernel_package = "linux-image-6.12-amd64=6.12.117-1~deb12u1"},
      {.of = "linux",
       .kernel = "/home/a b/it's \"mine\"/b\\z: #1",
       .modules = "/tmp/ü",
       .packages = {"fio", "libstdc++6"}}};
  for (auto const& one : all) {
    auto const read = read_named_build(to_text(one));
    EXPECT_EQ(recipe::print(read.complaints, "b"), "") << to_text(one);
    EXPECT_EQ(read.value, one) << to_text(one);
  }
}

TEST(named_build, every_mistake_is_said_with_its_place) {
  EXPECT_EQ(complaints_of_build("format: 1\n"), "b:1:1: build.yaml: of: is missing\n");
  EXPECT_EQ(complaints_of_build("[]"), "b:1:1: it is a mapping of keys and values\n");
  EXPECT_EQ(complaints_of_build("format: 1\nof: linux\nkernel: bzImage\nkernal: x\n"),
            "b:3:9: build.yaml: kernel: `kernel` and `modules` go together\n"
            "b:3:9: build.yaml: kernel: 'bzImage' is no absolute path\n"
            "b:4:1: 'kernal' is not a key of `build.yaml`; did you mean 'kernel'?\n"
            "    allowed: format, kernel, kernel_package, modules, of, packages\n");
  EXPECT_EQ(
      complaints_of_build("format: 1\nof: ../linux\nkernel: /a\nmodules: /b\nkernel_package: c\n"),
      "b:5:17: build.yaml: kernel_package: `kernel` and `kernel_package` exclude each other\n"
      "b:2:5: build.yaml: of: wants the name of a folder of images/\n");
}

}  // namespace
}  // namespace wedgehog::guest
