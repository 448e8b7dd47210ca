// image.json and profile.yaml as files that a person or a broken build may have left.
#include "vm/image.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "loop/temporary.hpp"

namespace wedgehog::vm {
namespace {

using ::testing::HasSubstr;

std::string const sum(64, 'a');

struct images : ::testing::Test {
  loop::temporary_directory place = std::move(loop::temporary_directory::make().value());
  std::string const facts_file = place.path() + "/image.json";
  std::string const profile_file = place.path() + "/profile.yaml";

  void write(std::string const& file, std::string const& text) { std::ofstream(file) << text; }
  void write_profile(std::string const& boot = "{from: kernel}") {
    write(profile_file, "format: 1\nname: x\nos: linux\nboot: " + boot +
                            "\nagent: {transport: isa-serial}\ndisks: {path: \"/d/{name}\"}\n");
  }
  std::string facts(std::string const& row, std::string const& format = "1") {
    return R"({"format": )" + format + R"(, "name": "x", "kernel_release": "6", "files": {)" + row +
           "}}";
  }
  std::string file(std::string const& name, std::string const& bytes = "5") {
    return "\"" + name + R"(": {"sha256": ")" + sum + R"(", "bytes": )" + bytes + "}";
  }
  std::string both() { return file("vmlinuz") + ", " + file("initramfs"); }
  std::string said() {
    auto const read = read_image(place.path(), profile_file);
    return read ? "" : read.error().message();
  }
};

TEST_F(images, a_whole_one_is_read) {
  write_profile();
  write(facts_file, facts(both()));
  auto const read = read_image(place.path(), profile_file);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->kernel, place.path() + "/vmlinuz");
  EXPECT_EQ(read->medium, "");
  EXPECT_EQ(read->kernel_release, "6");
  EXPECT_THAT(read->checksums, HasSubstr("vmlinuz sha256:" + sum));
}

// What was changed since is another disk, and runs on it prove nothing about this one.
TEST_F(images, a_sealed_disk_that_was_changed_is_refused) {
  write_profile("{from: disk}");
  auto const disk = place.path() + "/disk.qcow2";
  write(disk, "12345");
  struct stat now {};
  ASSERT_EQ(::stat(disk.c_str(), &now), 0);
  auto const time = now.st_mtim.tv_sec * 1'000'000'000LL + now.st_mtim.tv_nsec;
  auto const seal_at = [&](long long mtime) {
    return R"({"format": 1, "name": "x", "kernel_release": "6", "files": {)" + file("disk.qcow2") +
           R"(}, "sealed": {"mtime_ns": )" + std::to_string(mtime) + "}}";
  };
  write(facts_file, seal_at(time));
  auto const read = read_image(place.path(), profile_file);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(still_sealed(*read));
  write(facts_file, seal_at(time + 1));
  EXPECT_THAT(said(), HasSubstr("was changed since it was sealed"));
  write(facts_file, seal_at(time));
  // While a run lives: as large as before, at another time; then longer at the old time.
  timespec const times[2] = {now.st_atim, {now.st_mtim.tv_sec - 1, now.st_mtim.tv_nsec}};
  ASSERT_EQ(::utimensat(AT_FDCWD, disk.c_str(), times, 0), 0);
  EXPECT_FALSE(still_sealed(*read));
  write(disk, "123456");
  timespec const old[2] = {now.st_atim, now.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, disk.c_str(), old, 0), 0);
  EXPECT_FALSE(still_sealed(*read));
  std::filesystem::remove(disk);
  EXPECT_FALSE(still_sealed(*read));
}

TEST_F(images, a_guest_that_boots_from_a_disk_has_one) {
  write_profile("{from: disk}");
  write(facts_file, facts(file("disk.qcow2")));
  auto const read = read_image(place.path(), profile_file);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->medium, place.path() + "/disk.qcow2");
  EXPECT_EQ(read->kernel, "");
  write(facts_file, facts(both()));
  EXPECT_THAT(said(), HasSubstr("does not list disk.qcow2"));
}

TEST_F(images, facts_that_cannot_be_are_refused) {
  write_profile();
  auto const wrong = [this](std::string const& text, char const* says) {
    write(facts_file, text);
    EXPECT_THAT(said(), HasSubstr(says)) << text;
  };
  wrong("", "missing or damaged");
  wrong("[]", "missing or damaged");
  wrong("{}", "has no format");
  wrong(facts(both(), "2"), "its format is 2");
  wrong(facts(both(), "-1"), "its format is -1");
  wrong(facts(both(), "\"1\""), "has no format");
  wrong(facts(file("vmlinuz", "-5") + ", " + file("initramfs")), "bytes is no size");
  wrong(facts(file("vmlinuz", "0") + ", " + file("initramfs")), "bytes is no size");
  wrong(facts(file("vmlinuz", "1.5") + ", " + file("initramfs")), "bytes is no size");
  wrong(facts(file("../vmlinuz")), "is no name of a file");
  wrong(facts("\"vmlinuz\": 5"), "is no object");
  wrong(facts(R"("vmlinuz": {"sha256": "x", "bytes": 5})"), "is no checksum");
  wrong(R"({"format": 1, "name": "x"})", "names no files");
  wrong(R"({"format": 1, "files": {}})", "has no name");
}

TEST_F(images, a_pipe_or_a_flood_keeps_nobody_waiting) {
  write_profile();
  ASSERT_EQ(::mkfifo(facts_file.c_str(), 0600), 0);
  EXPECT_THAT(said(), HasSubstr("missing or damaged"));
  ::unlink(facts_file.c_str());
  write(facts_file, facts(both()));
  ::unlink(profile_file.c_str());
  ASSERT_EQ(::mkfifo(profile_file.c_str(), 0600), 0);
  EXPECT_THAT(said(), HasSubstr("is no ordinary file"));
  ::unlink(profile_file.c_str());
  write(profile_file, std::string(1U << 20U, '#'));
  EXPECT_THAT(said(), HasSubstr("is longer than"));
}

TEST_F(images, a_wrong_profile_is_quoted_with_its_place) {
  write_profile("{from: kernel, colour: red}");
  write(facts_file, facts(both()));
  EXPECT_THAT(said(), HasSubstr(profile_file + ":4:"));
  write(profile_file, "format: 1\n");
  EXPECT_THAT(said(), HasSubstr("name: is missing"));
}

TEST_F(images, facts_and_profile_are_of_one_image) {
  write_profile();
  auto text = facts(both());
  text.replace(text.find("\"x\""), 3, "\"y\"");
  write(facts_file, text);
  EXPECT_THAT(said(), HasSubstr("is of an image 'y'"));
}

}  // namespace
}  // namespace wedgehog::vm
