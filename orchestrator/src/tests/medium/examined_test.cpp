// What a file is that somebody takes for a medium.
#include "medium/examined.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wedgehog::medium {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string bytes_with(std::vector<std::pair<std::size_t, std::string>> const& what) {
  std::string bytes(bytes_to_look_at, '\0');
  for (auto const& [at, text] : what) bytes.replace(at, text.size(), text);
  return bytes;
}

TEST(why_no_medium, is_empty_for_what_boots) {
  auto const iso =
      bytes_with({{16 * 2048 + 1, "CD001"}, {17 * 2048 + 7, "EL TORITO SPECIFICATION"}});
  EXPECT_EQ(why_no_medium(iso, "a hint"), "");
  // A hybrid is a disk too.
  auto hybrid = iso;
  hybrid.replace(510, 2, "\x55\xaa");
  EXPECT_EQ(why_no_medium(hybrid, "a hint"), "");
}

TEST(why_no_medium, says_what_it_is_instead) {
  EXPECT_THAT(why_no_medium(bytes_with({{16 * 2048 + 1, "CD001"}}), ""), HasSubstr("El Torito"));
  EXPECT_THAT(why_no_medium(bytes_with({{510, "\x55\xaa"}}), "take the other"),
              AllOf(HasSubstr("it is a disk"), HasSubstr("take the other")));
  EXPECT_THAT(why_no_medium("", "take the other"),
              AllOf(HasSubstr("no medium of ISO 9660"), Not(HasSubstr("take the other"))));
  EXPECT_THAT(why_no_medium("BZh91AY", ""), HasSubstr("bunzip2"));
  EXPECT_THAT(why_no_medium(std::string_view("\xfd"
                                             "7zXZ\0",
                                             6),
                            ""),
              HasSubstr("unxz"));
}

TEST(why_no_medium, reads_no_further_than_there_is) {
  auto const iso =
      bytes_with({{16 * 2048 + 1, "CD001"}, {17 * 2048 + 7, "EL TORITO SPECIFICATION"}});
  for (std::size_t size : {0, 1, 511, 512, 16 * 2048 + 5, 17 * 2048 + 10})
    EXPECT_NE(why_no_medium(iso.substr(0, size), "x"), "") << size;
}

}  // namespace
}  // namespace wedgehog::medium
