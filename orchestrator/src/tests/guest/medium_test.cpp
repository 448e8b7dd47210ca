// Descriptions of vendors' media and of installations: those that ship, and what is said of wrong
// ones.
#include "guest/medium.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "guest/installation.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::guest {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string const sum(64, 'a');
std::string const good_medium =
    "format: 1\nname: x-1.iso\nurl: https://vendor.invalid/x-1.iso\n"
    "checksum: sha256:" +
    sum +
    "\nmost: 2GiB\nexchange:\n"
    "  - {path: /boot/a.conf, append: \"x\\n\"}\n";

std::string said_of(std::string const& from, std::string const& to) {
  auto text = good_medium;
  auto const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  return recipe::print(read_medium(text).complaints, "medium.yaml");
}

TEST(medium, is_read_whole) {
  auto const read = read_medium(good_medium);
  EXPECT_EQ(recipe::print(read.complaints, "m"), "");
  EXPECT_EQ(read.value.name, "x-1.iso");
  EXPECT_EQ(read.value.sum, (checksum{"sha256", sum}));
  EXPECT_EQ(read.value.most, 2ULL << 30U);
  EXPECT_EQ(read.value.exchange, (std::vector<exchanged_file>{{"/boot/a.conf", "x\n", true}}));
}

TEST(medium, what_is_wrong_is_said_with_its_place) {
  EXPECT_THAT(said_of("url: https://vendor.invalid/x-1.iso\n", ""), HasSubstr("url: is missing"));
  for (auto const* url : {"file:///etc/passwd", "ftp://x/y", "https://", "https://x/{1,2}",
                          "\"https://x/a b\"", "-o/etc/x"})
    EXPECT_THAT(said_of("https://vendor.invalid/x-1.iso", url), HasSubstr("medium.yaml:3:")) << url;
  for (auto const* name : {"../x", ".x", "a/b", "\"a b\"", "\"\""})
    EXPECT_THAT(said_of("x-1.iso\nurl", std::string(name) + "\nurl"), HasSubstr("medium.yaml:2:"))
        << name;
  EXPECT_THAT(said_of("sha256:" + sum, "sha256:" + sum.substr(1)), HasSubstr("medium.yaml:4:"));
  EXPECT_THAT(said_of("sha256:" + sum, "crc32:00000000"), HasSubstr("sha512"));
  EXPECT_THAT(said_of("sha256:" + sum, "md5:" + sum), HasSubstr("ALGORITHM:HEX"));
  EXPECT_THAT(said_of("2GiB", "much"), HasSubstr("medium.yaml:5:"));
  for (auto const* path : {"boot/x", "/", "/boot/", "/../x", "/a/./b", "/a//b", "\"/a b\"", "/a;b"})
    EXPECT_THAT(said_of("/boot/a.conf", path), HasSubstr("path of a file on the medium")) << path;
  EXPECT_THAT(said_of("append:", "content: \"y\\n\", append:"), HasSubstr("`append` or `content`"));
  EXPECT_THAT(said_of(", append: \"x\\n\"", ""), HasSubstr("`append` or `content`"));
  EXPECT_THAT(said_of("\"x\\n\"", "x"), HasSubstr("wants an end"));
  EXPECT_THAT(said_of("  - {path", "  - {path: /boot/a.conf, append: \"x\\n\"}\n  - {path"),
              HasSubstr("twice"));
  EXPECT_THAT(said_of("exchange:\n", "exchanges: []\nexchange:\n"), HasSubstr("did you mean"));
  EXPECT_THAT(recipe::print(read_medium("- x\n").complaints, "m"), HasSubstr("mapping"));
}

TEST(checksum, is_read_in_any_letters) {
  EXPECT_EQ(parse_checksum("sha256:" + std::string(64, 'A')), (checksum{"sha256", sum}));
  EXPECT_EQ(print_checksum({"md5", "00"}), "md5:00");
  for (auto const* text : {"", ":", "md5:", "md5", "sha256:zz"})
    EXPECT_EQ(parse_checksum(text), std::nullopt) << text;
}

TEST(installation, what_is_wrong_is_said_with_its_place) {
  std::string const text =
      "format: 1\nmemory: 1GiB\nsystem_disk: 4GiB\ndisk: /dev/x\ndialogue:\n"
      "  - {expect: a, limit: 1m}\noff: \"x\\n\"\noff_limit: 1m\n";
  EXPECT_EQ(recipe::print(read_installation(text).complaints, "i"), "");
  auto const said = [&text](std::string const& from, std::string const& to) {
    auto other = text;
    other.replace(other.find(from), from.size(), to);
    return recipe::print(read_installation(other).complaints, "install.yaml");
  };
  EXPECT_THAT(said("4GiB", "1000"), HasSubstr("install.yaml:3:"));
  EXPECT_THAT(said("off_limit", "of_limit"), HasSubstr("did you mean 'off_limit'"));
  EXPECT_THAT(said("limit: 1m}", "limit: 9h}"), HasSubstr("install.yaml:6:"));
  EXPECT_THAT(said("off: \"x\\n\"\n", ""), HasSubstr("off: is missing"));
}

// A system has both or none, an adoption to go on with, and each file that its dialogue calls.
TEST(shipped_media, are_right) {
  std::size_t found = 0;
  for (auto const& entry : fs::directory_iterator(WEDGEHOG_SOURCE_DIR "/images")) {
    auto const in = [&entry](char const* name) { return entry.path() / name; };
    EXPECT_EQ(fs::exists(in("medium.yaml")), fs::exists(in("install.yaml"))) << entry.path();
    if (!fs::exists(in("medium.yaml"))) continue;
    ++found;
    auto const medium = read_medium(testing::text_of(in("medium.yaml")));
    EXPECT_EQ(recipe::print(medium.complaints, in("medium.yaml").string()), "");
    EXPECT_TRUE(medium.value.url.ends_with("/" + medium.value.name)) << medium.value.url;
    EXPECT_FALSE(medium.value.exchange.empty());
    auto const how = read_installation(testing::text_of(in("install.yaml")));
    EXPECT_EQ(recipe::print(how.complaints, in("install.yaml").string()), "");
    EXPECT_TRUE(fs::exists(in("adopt.yaml")));
    EXPECT_TRUE(fs::exists(in("install/install-system")));
    auto const& talk = how.value.dialogue;
    std::vector<std::string> awaited;
    for (auto const& one : talk.steps) awaited.push_back(one.expect);
    for (auto const& one : talk.meanwhile) awaited.push_back(one.expect);
    // The echo of what is typed would be taken for the answer.
    for (auto const& expected : awaited)
      for (auto const& one : talk.steps) {
        EXPECT_EQ(one.send.find(expected), std::string::npos) << in("install.yaml") << expected;
        EXPECT_EQ(one.again.find(expected), std::string::npos) << in("install.yaml") << expected;
      }
    // What it waits for last is what its script says last.
    auto const script = testing::text_of(in("install/install-system"));
    EXPECT_TRUE(script.ends_with("echo \"" + talk.steps.back().expect + "\"\n")) << entry.path();
  }
  EXPECT_GE(found, 2U);
}

}  // namespace
}  // namespace wedgehog::guest
