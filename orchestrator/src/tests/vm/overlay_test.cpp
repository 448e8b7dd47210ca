// An overlay that we write, read by those who made the format.
#include "vm/overlay.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "loop/temporary.hpp"

namespace wedgehog::vm {
namespace {

struct overlays : ::testing::Test {
  loop::temporary_directory place = std::move(loop::temporary_directory::make().value());
  std::string const base = place.path() + "/base.qcow2";
  std::string const overlay = place.path() + "/system.qcow2";

  static bool run(std::string const& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
  }
};

TEST_F(overlays, qemu_img_finds_nothing_wrong_and_reads_through_it) {
  if (!run("command -v qemu-img")) GTEST_SKIP() << "no qemu-img";
  for (auto const* size : {"1M", "3G", "513M", "1000000000"}) {
    std::filesystem::remove(base);
    std::filesystem::remove(overlay);
    ASSERT_TRUE(run("qemu-img create -f qcow2 " + base + " " + size));
    ASSERT_TRUE(run("qemu-io -c 'write -P 7 4096 4096' " + base));
    auto const made = make_overlay(base, overlay);
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_TRUE(run("qemu-img check " + overlay)) << size;
    EXPECT_TRUE(run("qemu-io -c 'read -P 7 4096 4096' " + overlay)) << size;
    EXPECT_TRUE(run("qemu-io -c 'write -P 9 4096 4096' -c 'read -P 9 4096 4096' " + overlay));
    EXPECT_TRUE(run("qemu-img check " + overlay)) << size;
    EXPECT_TRUE(run("qemu-io -c 'read -P 7 4096 4096' " + base)) << "it stays as it is";
  }
}

TEST_F(overlays, what_is_no_qcow2_image_is_refused) {
  EXPECT_FALSE(make_overlay(base, overlay));
  std::ofstream(base) << "not an image, but long enough to hold the header of one";
  EXPECT_FALSE(make_overlay(base, overlay));
  EXPECT_FALSE(std::filesystem::exists(overlay));
}

TEST_F(overlays, one_that_is_there_keeps_what_the_guest_wrote) {
  std::string head(32, '\0');
  head.replace(0, 4, "QFI\xfb");
  head[29] = 1;
  std::ofstream(base) << head;
  ASSERT_TRUE(make_overlay(base, overlay));
  std::ofstream(overlay) << "written";
  ASSERT_TRUE(make_overlay(base, overlay));
  EXPECT_EQ(std::filesystem::file_size(overlay), 7U);
}

}  // namespace
}  // namespace wedgehog::vm
