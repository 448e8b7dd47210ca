// What of adopting a disk can be tried without booting one: what may be adopted, what travels into
// the guest, what is written down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "adoption/luggage.hpp"
#include "adoption/seal.hpp"
#include "adoption/source_disk.hpp"
#include "folder/checksum.hpp"
#include "guest/adoption.hpp"
#include "guest/read_profile.hpp"
#include "loop/small_file.hpp"
#include "loop/temporary.hpp"
#include "vm/image.hpp"

namespace wedgehog::adoption {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct with_folder : ::testing::Test {
  loop::temporary_directory folder = std::move(loop::temporary_directory::make().value());
  std::string in(std::string const& name) const { return folder.path() + "/" + name; }
  void write(std::string const& name, std::string const& text) const {
    std::ofstream(in(name), std::ios::binary) << text;
  }
};

std::string disk_with(std::string const& code, std::string const& signature) {
  std::string bytes(bytes_to_look_at, '\0');
  bytes.replace(0, code.size(), code);
  bytes.replace(510, signature.size(), signature);
  return bytes;
}

TEST(source_disk, what_a_bios_cannot_boot_is_said) {
  auto good = disk_with("\xeb\x63\x90", "\x55\xaa");
  EXPECT_EQ(why_not_bootable(good), "");
  EXPECT_THAT(why_not_bootable(disk_with("\xeb\x63\x90", "")), HasSubstr("no boot sector"));
  EXPECT_THAT(why_not_bootable(""), HasSubstr("no boot sector"));
  EXPECT_THAT(why_not_bootable("a text"), HasSubstr("no boot sector"));
  EXPECT_THAT(why_not_bootable(disk_with("", "\x55\xaa")), HasSubstr("no loader"));
  auto uefi = disk_with("", "\x55\xaa");
  uefi.replace(512, 8, "EFI PART");
  EXPECT_THAT(why_not_bootable(uefi), HasSubstr("UEFI alone"));
  // A disk may have both: a protective partition, and a loader before it.
  uefi.replace(0, 3, "\xeb\x63\x90");
  EXPECT_EQ(why_not_bootable(uefi), "");
  good.replace(16 * 2048 + 1, 5, "CD001");
  EXPECT_THAT(why_not_bootable(good), HasSubstr("to install from"));
}

struct luggages : with_folder {};

TEST_F(luggages, brings_the_agent_and_all_that_installs_it) {
  fs::create_directory(in("files"));
  write("files/install", "#!/bin/sh\n");
  write("agent", "binary");
  ::chmod(in("agent").c_str(), 0755);
  auto const packed = pack_luggage({.agent = in("agent"), .files = in("files")}, in("luggage.tar"));
  ASSERT_TRUE(packed) << packed.error().message();
  ASSERT_EQ(std::system(("tar -xpf " + in("luggage.tar") + " -C " + folder.path()).c_str()), 0);
  EXPECT_TRUE(fs::exists(in("wedgehog/install")));
  EXPECT_EQ(fs::status(in("wedgehog/agent")).permissions() & fs::perms::owner_exec,
            fs::perms::owner_exec);
  EXPECT_EQ(fs::file_size(in("luggage.tar")) % 512, 0U);
}

TEST_F(luggages, a_missing_agent_is_said) {
  fs::create_directory(in("files"));
  auto const packed = pack_luggage({.agent = in("agent"), .files = in("files")}, in("luggage.tar"));
  ASSERT_FALSE(packed);
  EXPECT_THAT(packed.error().message(), HasSubstr(in("agent")));
}

TEST_F(luggages, brings_what_the_agent_is_built_from_where_there_is_none) {
  for (auto const* folder : {"files", "agent/src/os", "agent/wire", "agent/tests"})
    fs::create_directories(in(folder));
  write("files/build-agent", "#!/bin/sh\n");
  write("agent/src/os/linux.cpp", "int x;\n");
  write("agent/tests/far.cpp", "int y;\n");
  luggage const what{.source = in("agent"), .files = in("files")};
  auto const packed = pack_luggage(what, in("luggage.tar"));
  ASSERT_TRUE(packed) << packed.error().message();
  ASSERT_EQ(std::system(("tar -xpf " + in("luggage.tar") + " -C " + folder.path()).c_str()), 0);
  EXPECT_TRUE(fs::exists(in("wedgehog/source/src/os/linux.cpp")));
  EXPECT_FALSE(fs::exists(in("wedgehog/source/tests")));
  EXPECT_FALSE(fs::exists(in("wedgehog/agent")));
  auto const before = sum_of_agent(what);
  write("agent/tests/far.cpp", "int z;\n");
  EXPECT_EQ(*before, *sum_of_agent(what));
  write("agent/src/os/linux.cpp", "int z;\n");
  EXPECT_NE(*before, *sum_of_agent(what));
}

struct seals : with_folder {};

TEST_F(seals, a_sealed_image_can_be_read_and_says_how_it_was_made) {
  write("disk.qcow2", "a disk");
  std::string const profile =
      "# a comment\nformat: 1\nname: linux-disk\nos: linux\nboot: {from: disk}\nagent: {transport: "
      "virtio-serial}\ndisks: {path: \"/dev/wedgehog/{name}\"}\n";
  write("profile.yaml", profile_of_adopted(profile, "mine"));
  made_from const how{.name = "mine",
                      .os = "linux",
                      .kind = "linux-disk",
                      .kernel_release = "6.1.0",
                      .source = "/home/me/disk.img",
                      .source_sha256 = "abc",
                      .agent_version = "1",
                      .packages = {"xfsprogs", "acl"}};
  auto const sealed = seal(folder.path(), how);
  ASSERT_TRUE(sealed) << sealed.error().message();
  auto const image = vm::read_image(folder.path(), in("profile.yaml"));
  ASSERT_TRUE(image) << image.error().message();
  EXPECT_EQ(image->name, "mine");
  EXPECT_EQ(image->kernel_release, "6.1.0");
  EXPECT_EQ(image->packages, (std::vector<std::string>{"acl", "xfsprogs"}));
  EXPECT_THAT(image->checksums, HasSubstr(folder::sha256_of_text("a disk")));
  EXPECT_EQ(fs::status(in("disk.qcow2")).permissions(), fs::perms(0444));
  auto const facts = boost::json::parse(image->facts);
  EXPECT_EQ(facts.at("adopted").at("source").as_string(), "/home/me/disk.img");
  EXPECT_EQ(facts.at("adopted").at("source_sha256").as_string(), "abc");
}

TEST(profile_of_adopted, has_another_name_and_no_dialogue) {
  EXPECT_EQ(profile_of_adopted("name: a\nos: b\n", "c"), "name: c\nos: b\n");
  EXPECT_EQ(profile_of_adopted("agent:\n  name: a\n", "c"), "agent:\n  name: a\n");
  EXPECT_EQ(profile_of_adopted("boot:\n  from: disk\n  dialogue:\n    - {expect: a}\n\n    # b\n"
                               "    - expect: c\n      send: |\n        d\n  other: 1\nname: x\n",
                               "c"),
            "boot:\n  from: disk\n  other: 1\nname: c\n");
}

// Those that ship: what is read of them is whole, and each brings what its dialogue calls.
TEST(shipped_adoptions, are_right) {
  std::size_t found = 0;
  for (auto const& entry : fs::directory_iterator(WEDGEHOG_SOURCE_DIR "/images")) {
    auto const file = entry.path() / "adopt.yaml";
    if (!fs::exists(file)) continue;
    ++found;
    auto const text = loop::read_small_file(file.string(), guest::longest_profile);
    ASSERT_TRUE(text) << text.error().message();
    auto const read = guest::read_adoption(*text);
    EXPECT_EQ(recipe::print(read.complaints, file.string()), "");
    auto const profile_text =
        loop::read_small_file((entry.path() / "profile.yaml").string(), guest::longest_profile);
    ASSERT_TRUE(profile_text);
    auto const profile = guest::read_profile(profile_of_adopted(*profile_text, "mine"));
    EXPECT_EQ(recipe::print(profile.complaints, file.string()), "");
    EXPECT_EQ(profile.value.name, "mine");
    EXPECT_EQ(profile.value.boot.dialogue.size(), 0U);
    EXPECT_EQ(profile.value.os, read.value.os);
    EXPECT_EQ(profile.value.boot.from, guest::boot_medium::disk);
    EXPECT_GE(read.value.memory, profile.value.least_memory);
    EXPECT_TRUE(fs::exists(entry.path() / "adopt/install"));
    // What it waits for must not be in what it types: the echo would be taken for the answer.
    for (auto const& awaited : read.value.dialogue.steps)
      for (auto const& typing : read.value.dialogue.steps) {
        EXPECT_EQ(typing.send.find(awaited.expect), std::string::npos) << file << awaited.expect;
        EXPECT_EQ(typing.again.find(awaited.expect), std::string::npos) << file << awaited.expect;
      }
    for (auto const& each : read.value.dialogue.meanwhile)
      for (auto const& typing : read.value.dialogue.steps) {
        EXPECT_EQ(typing.send.find(each.expect), std::string::npos) << file << each.expect;
        EXPECT_EQ(typing.again.find(each.expect), std::string::npos) << file << each.expect;
      }
  }
  EXPECT_GE(found, 3U);
}

}  // namespace
}  // namespace wedgehog::adoption
