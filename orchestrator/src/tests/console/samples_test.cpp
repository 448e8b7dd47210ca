// Every file of testdata/console against its .expected, and the laws that hold for each of them.
// WEDGEHOG_REWRITE=1 writes the expectations anew; read the diff.
#include <gtest/gtest.h>

#include <cstdlib>

#include "console/text.hpp"
#include "samples.hpp"
#include "styles.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::console {
namespace {

using samples::read_in_pieces;
using samples::written;

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out;
  while (true) {
    std::size_t const at = text.find(what);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += with;
    text.remove_prefix(at + what.size());
  }
}

// Words of 8 to 16 hexadecimal digits that look like kernel addresses get other digits at the end.
std::string with_other_addresses(std::string text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t n = 0;
    while (i + n < text.size() && is_hex(text[i + n])) ++n;
    if (n >= 12 && n <= 16 && text.substr(i, 2) == "ff")
      for (std::size_t k = i + n - 5; k < i + n; ++k)
        text[k] = "3456789abcdef012"[std::stoi(text.substr(k, 1), nullptr, 16)];
    i += n + 1;
  }
  return text;
}

// What a terminal and a bad line add: colours, NULs, cursor moves, in the middle of words too.
std::string with_noise(std::string_view text) {
  std::string out = "\x1b]0;console\x07";
  std::size_t n = 0;
  for (char const c : text) {
    if (++n % 7 == 0) out.push_back('\0');
    if (n % 23 == 0) out += "\x1b[1;31m";
    if (n % 61 == 0) out += "\x1b(B";
    out.push_back(c);
  }
  return out;
}

class sample : public ::testing::TestWithParam<std::string> {
 protected:
  std::filesystem::path const file = samples::folder("console") / (GetParam() + ".txt");
  std::string const text = testing::text_of(file);
  std::string const whole = written(read_in_pieces(text, text.size()));
};

TEST_P(sample, reads_as_expected) {
  auto const expected = std::filesystem::path(file).replace_extension(".expected");
  if (std::getenv("WEDGEHOG_REWRITE")) std::ofstream(expected, std::ios::binary) << whole;
  EXPECT_EQ(whole, testing::text_of(expected));
}

TEST_P(sample, reads_the_same_byte_by_byte_and_in_odd_pieces) {
  for (std::size_t const piece : {1u, 2u, 7u, 61u})
    EXPECT_EQ(written(read_in_pieces(text, piece)), whole) << "in pieces of " << piece;
}

TEST_P(sample, reads_the_same_with_carriage_returns) {
  EXPECT_EQ(written(read_in_pieces(replaced(text, "\n", "\r\n"), 64)), whole);
  EXPECT_EQ(written(read_in_pieces(replaced(text, "\n", "\r\r\n"), 64)), whole);
}

TEST_P(sample, reads_the_same_through_a_noisy_terminal) {
  EXPECT_EQ(written(read_in_pieces(with_noise(text), 64)), whole);
}

TEST_P(sample, reads_the_same_on_a_console_of_80_columns) {
  EXPECT_EQ(written(read_in_pieces(samples::wrapped(text, 80), 64), false),
            written(read_in_pieces(text, 64), false));
}

TEST_P(sample, keeps_its_signature_when_addresses_change) {
  std::string const other = with_other_addresses(text);
  EXPECT_EQ(written(read_in_pieces(other, 64), false), written(read_in_pieces(text, 64), false));
}

TEST_P(sample, survives_being_cut_at_any_byte) {
  for (std::size_t end = 0; end < text.size(); end += 13) {
    auto const said = read_in_pieces(std::string_view(text).substr(0, end), 4096);
    EXPECT_LE(said.reports.size(), report_reader::most_reports);
  }
}

INSTANTIATE_TEST_SUITE_P(all, sample, ::testing::ValuesIn(samples::names("console")),
                         [](auto const& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

std::string signature_in(std::string_view text) {
  auto const said = read_in_pieces(text, 4096);
  report const* first = first_failure(said.reports);
  return first ? first->signature : "";
}

TEST(signature, is_the_same_for_the_same_assertion_of_another_build) {
  std::string const once =
      signature_in(testing::text_of(samples::folder("console") / "illumos-assert.txt"));
  std::string const again =
      signature_in(testing::text_of(samples::folder("console") / "illumos-assert-again.txt"));
  EXPECT_EQ(once, "assert/wati_page_unmap");
  EXPECT_EQ(once, again);
}

// The htable report of seed 003 prints its stack twice, from two builds.
TEST(signature, is_the_same_for_both_stacks_of_the_htable_report) {
  auto const file = samples::shared("seeds") / "003_9e15bc5041f11342.txt";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no ../shared/seeds here";
  std::string const text = testing::text_of(file);
  std::size_t const assertion = text.find("assertion failed");
  std::size_t const assertion_end = text.find('\n', assertion);
  std::size_t const first = text.find("hati_page_unmap+0xe5(");
  std::size_t const second = text.find("hati_page_unmap+0xeb(");
  ASSERT_NE(first, std::string::npos);
  ASSERT_NE(second, std::string::npos);
  std::string const head = text.substr(assertion, assertion_end - assertion) + "\n";
  std::string const one = signature_in(head + text.substr(first, 1200));
  EXPECT_EQ(one, "assert/hati_page_unmap");
  EXPECT_EQ(one, signature_in(head + text.substr(second, 1200)));
}

TEST(signature, tells_different_failures_apart) {
  std::vector<std::string> seen;
  for (auto const& name : samples::names("console")) {
    if (name == "illumos-assert-again") continue;
    auto const signature =
        signature_in(testing::text_of(samples::folder("console") / (name + ".txt")));
    if (signature.empty()) continue;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), signature), 0) << signature << " in " << name;
    seen.push_back(signature);
  }
  EXPECT_GT(seen.size(), 15u);
}

}  // namespace
}  // namespace wedgehog::console
