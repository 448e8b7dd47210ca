// What goes into a guest comes out of its tar as it was; what comes out of a guest stays in its
// folder, however it was packed.
#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>

#include "archive/pack.hpp"
#include "archive/unpack.hpp"
#include "tests/file_text.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::archive {
namespace fs = std::filesystem;

namespace {

void put(fs::path const& file, std::string const& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}
// A tar as a hostile guest writes it.
class hostile_tar {
 public:
  explicit hostile_tar(fs::path const& file) : out_(archive_write_new()) {
    archive_write_set_format_gnutar(out_);
    archive_write_open_filename(out_, file.c_str());
  }
  ~hostile_tar() { archive_write_free(out_); }
  hostile_tar(hostile_tar const&) = delete;

  hostile_tar& add(std::string const& path, unsigned type, std::string const& text = {},
                   std::string const& link = {}) {
    auto* one = archive_entry_new();
    archive_entry_set_pathname(one, path.c_str());
    archive_entry_set_filetype(one, type);
    archive_entry_set_perm(one, 06777);
    if (type == AE_IFLNK) archive_entry_set_symlink(one, link.c_str());
    if (type == AE_IFREG && !link.empty()) archive_entry_set_hardlink(one, link.c_str());
    archive_entry_set_size(one, static_cast<la_int64_t>(link.empty() ? text.size() : 0));
    EXPECT_EQ(archive_write_header(out_, one), ARCHIVE_OK) << archive_error_string(out_);
    if (link.empty()) archive_write_data(out_, text.data(), text.size());
    archive_entry_free(one);
    return *this;
  }

 private:
  struct archive* out_;
};

TEST(archive, what_is_packed_comes_out_as_it_was) {
  testing::own_folder place;
  put(place / "tools/fsx", "#!/bin/sh\nexit 0\n");
  fs::permissions(place / "tools/fsx", fs::perms(0755));
  put(place / "tools/data/deep/numbers", std::string(300'000, 'n'));
  fs::create_symlink("fsx", place / "tools/link");
  auto const long_name = std::string(180, 'l');
  put(place / "tools" / fs::path(long_name), "long");
  auto const all = pack({{place / "tools", "/opt/tools"}, {place / "tools/fsx", "/bin/fsx"}},
                        place / "files.tar");
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_EQ(all->size(), 4U);
  EXPECT_EQ(all->back().to, "/bin/fsx");
  // GNU tar is what a guest has, or something that reads the same.
  fs::create_directory(place / "guest");
  auto const command =
      "tar -xpf '" + (place / "files.tar").string() + "' -C '" + (place / "guest").string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(testing::text_of(place / "guest/opt/tools/data/deep/numbers"),
            std::string(300'000, 'n'));
  EXPECT_EQ(testing::text_of(place / "guest/bin/fsx"), "#!/bin/sh\nexit 0\n");
  EXPECT_EQ(fs::status(place / "guest/bin/fsx").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::read_symlink(place / "guest/opt/tools/link"), "fsx");
  EXPECT_EQ(testing::text_of(place / "guest/opt/tools" / fs::path(long_name)), "long");
}

TEST(archive, what_cannot_be_packed_is_said_with_its_name) {
  testing::own_folder place;
  auto const missing = pack({{place / "nothing", "/x"}}, place / "1.tar");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().whose(), blame::recipe);
  EXPECT_NE(missing.error().message().find("nothing"), std::string::npos);
  put(place / "big", std::string(5000, 'b'));
  auto const large = pack({{place / "big", "/x"}}, place / "2.tar", {.bytes = 4999});
  ASSERT_FALSE(large);
  EXPECT_NE(large.error().message().find("big"), std::string::npos);
  put(place / "many/1", "");
  put(place / "many/2", "");
  EXPECT_FALSE(pack({{place / "many", "/x"}}, place / "3.tar", {.entries = 2}));
  EXPECT_TRUE(pack({{place / "many", "/x"}}, place / "4.tar", {.entries = 3}));
  EXPECT_FALSE(pack({{place / "big", "/x"}}, place / "4.tar")) << "a tar is never overwritten";
}

TEST(archive, a_guest_reaches_nothing_outside) {
  testing::own_folder place;
  put(place / "outside", "mine");
  {
    hostile_tar tar(place / "t.tar");
    tar.add("../outside", AE_IFREG, "theirs")
        .add("a/../../outside", AE_IFREG, "theirs")
        .add("/etc/x", AE_IFREG, "absolute")
        .add("way", AE_IFLNK, "", "..")
        .add("way/outside", AE_IFREG, "through a link")
        .add("hard", AE_IFREG, "", "../outside")
        .add("pipe", AE_IFIFO)
        .add("good/log", AE_IFREG, "said")
        .add("good/log", AE_IFREG, "said again")
        .add("good", AE_IFREG, "a file where a folder is");
  }
  auto const out = unpack(place / "t.tar", place / "into");
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_EQ(testing::text_of(place / "outside"), "mine");
  EXPECT_EQ(testing::text_of(place / "into/etc/x"), "absolute");
  EXPECT_EQ(testing::text_of(place / "into/good/log"), "said");
  EXPECT_EQ(testing::text_of(place / "into/way/outside"), "through a link")
      << "a folder, since links are left";
  EXPECT_FALSE(fs::exists(place / "into/pipe"));
  EXPECT_EQ(out->files, 3U);
  EXPECT_EQ(out->left_out, 7U);
  EXPECT_NE(out->why.find("leads nowhere"), std::string::npos) << out->why;
  EXPECT_EQ(fs::status(place / "into/good/log").permissions(), fs::perms(0600));
  EXPECT_EQ(fs::status(place / "into/good").permissions(), fs::perms(0700));
}

TEST(archive, a_guest_does_not_fill_the_disk) {
  testing::own_folder place;
  {
    hostile_tar tar(place / "t.tar");
    for (int i = 0; i < 50; ++i) tar.add("f" + std::to_string(i), AE_IFREG, std::string(1000, 'f'));
  }
  auto const by_bytes = unpack(place / "t.tar", place / "bytes", {.bytes = 10'500});
  ASSERT_TRUE(by_bytes);
  EXPECT_EQ(by_bytes->bytes, 10'500U);
  EXPECT_GT(by_bytes->left_out, 0U);
  auto const by_entries = unpack(place / "t.tar", place / "entries", {.entries = 7});
  ASSERT_TRUE(by_entries);
  EXPECT_EQ(by_entries->files, 7U);
  EXPECT_EQ(by_entries->left_out, 43U);
}

TEST(archive, a_tar_that_is_cut_anywhere_gives_what_stands_before) {
  testing::own_folder place;
  {
    hostile_tar tar(place / "t.tar");
    tar.add("one", AE_IFREG, std::string(700, '1')).add("two", AE_IFREG, std::string(700, '2'));
  }
  auto const whole = testing::text_of(place / "t.tar");
  for (std::size_t length = 0; length <= whole.size(); length += 37) {
    auto const name = std::to_string(length);
    put(place / (name + ".tar"), whole.substr(0, length));
    auto const out = unpack(place / (name + ".tar"), place / name);
    ASSERT_TRUE(out) << length;
    // A header of 512 bytes and 700 of data, filled up to blocks: the entries end at 1536 and 3072.
    std::size_t const first = std::min<std::size_t>(700, length > 512 ? length - 512 : 0);
    std::size_t const second = std::min<std::size_t>(700, length > 2048 ? length - 2048 : 0);
    EXPECT_LE(out->bytes, first + second) << length;
    if (length >= 3072) {
      EXPECT_EQ(out->bytes, 1400U) << length;
    }
    if (second < 700) {
      EXPECT_TRUE(out->left_out > 0 || out->files < 2) << length;
    }
    EXPECT_EQ(testing::text_of(place / name / "one"),
              std::string(testing::text_of(place / name / "one").size(), '1'));
  }
}

}  // namespace
}  // namespace wedgehog::archive
