#include "console/pattern.hpp"

#include <gtest/gtest.h>

#include "console/classifier.hpp"
#include "console/symbol.hpp"
#include "console/title.hpp"

namespace wedgehog::console {
namespace {

TEST(pattern, catches_what_its_braces_name) {
  auto const made = pattern::parse("BUG: KASAN: {class} in {func} / {func2} at {hex}");
  ASSERT_TRUE(made);
  captures found;
  ASSERT_TRUE(
      made->match_at("BUG: KASAN: use-after-free in a_b.cold+0x1f/0x20 / c at 0xff12", 0, found));
  EXPECT_EQ(found.get("class"), "use-after-free");
  EXPECT_EQ(found.get("func"), "a_b.cold");
  EXPECT_EQ(found.get("func2"), "c");
  EXPECT_EQ(found.get("hex"), "0xff12");
  EXPECT_EQ(found.get("num"), "");
}

TEST(pattern, does_not_match_what_lacks_a_part) {
  auto const made = pattern::parse("panic: {*} at {num}");
  ASSERT_TRUE(made);
  captures found;
  EXPECT_TRUE(made->match_at("panic: anything at 12", 0, found));
  EXPECT_FALSE(made->match_at("panic: anything at x", 0, found));
  EXPECT_FALSE(made->match_at("panic: anything", 0, found));
}

TEST(pattern, complains_about_what_it_cannot_read) {
  for (char const* wrong : {"", "{func} stuck", "ab", "BUG {what}", "BUG: {num", "BUG: {text} end",
                            "BUG: {*}", "BUG: {*}{num}"}) {
    auto const made = pattern::parse(wrong);
    ASSERT_FALSE(made) << wrong;
    EXPECT_EQ(made.error().whose(), blame::recipe);
    EXPECT_FALSE(made.error().message().empty());
  }
}

TEST(symbols, have_many_shapes) {
  EXPECT_EQ(symbol_length("ext4_iget.isra.0+0x1"), 16u);
  EXPECT_EQ(symbol_length("<a::B as c::D>::e+0x1"), 17u);
  EXPECT_EQ(symbol_length("<IRQ>"), 0u);
  EXPECT_EQ(symbol_length("0xff"), 0u);
  EXPECT_EQ(symbol_length("stopped. "), 7u);
  EXPECT_EQ(offset_length("+0x1f/0x60 x"), 10u);
  EXPECT_EQ(offset_length("+df ()"), 3u);
  EXPECT_EQ(offset_length("+"), 0u);
}

TEST(classifier, tells_the_twins_apart) {
  classifier const rules;
  auto const harmless = rules.classify("bio_page_alloc: WARNING emergency page allocation");
  auto const fatal = rules.classify("bio_page_alloc: WARNING emergency page allocation failed");
  ASSERT_TRUE(harmless);
  ASSERT_TRUE(fatal);
  EXPECT_EQ(harmless->level, severity::harmless);
  EXPECT_EQ(fatal->level, severity::fatal);
  EXPECT_NE(harmless->class_word, fatal->class_word);
}

TEST(classifier, lets_users_add_and_silence) {
  auto const rules =
      classifier::with({{"frogfs: log is full", severity::fatal},
                        {"WARNING: CPU: {num} PID: {num} at drivers/pond/", severity::harmless}});
  ASSERT_TRUE(rules);
  auto const added = rules->classify("[  12.000001] frogfs: log is full", 7);
  ASSERT_TRUE(added);
  EXPECT_EQ(added->level, severity::fatal);
  EXPECT_EQ(added->line_number, 7u);
  auto const silenced =
      rules->classify("WARNING: CPU: 1 PID: 5 at drivers/pond/bank.c:7 bank_check+0x1/0x2");
  ASSERT_TRUE(silenced);
  EXPECT_EQ(silenced->level, severity::harmless);
  EXPECT_FALSE(classifier::with({{"{func}", severity::fatal}}));
}

TEST(classifier, keeps_to_one_system_when_told) {
  classifier const linux_only(system::linux);
  EXPECT_TRUE(linux_only.classify("Kernel panic - not syncing: sorry"));
  EXPECT_FALSE(linux_only.classify("panic[cpu0]/thread=fffffffffbc4a0c0: sorry"));
  classifier const illumos_only(system::illumos);
  EXPECT_TRUE(illumos_only.classify("panic[cpu0]/thread=fffffffffbc4a0c0: sorry"));
}

TEST(classifier, does_not_take_words_for_crashes) {
  classifier const rules;
  for (char const* line :
       {"ddb.onpanic: 1 -> 1", "Kernel command line: oops=panic panic_on_warn=1",
        "Speculative Return Stack Overflow: WARNING: kernel not compiled with CPU_SRSO.",
        "EXT4-fs (vda1): WARNING: mounting unchecked fs", "skb_over_panic: text",
        "WARNING: The mand mount option has been deprecated", "RAMOOPS    16. 99a3d000"})
    EXPECT_FALSE(rules.classify(line)) << line;
}

TEST(debuggers, show_a_prompt) {
  for (char const* prompt : {"db> ", "ddb{1}> ", "ddb> ", "[0]> ", "[1]kdb> ", "--More--"})
    EXPECT_TRUE(at_debugger_prompt(prompt)) << prompt;
  for (char const* text : {"", "login: ", "# ", "[    1.000000] db> was here", "[ ok ] >"})
    EXPECT_FALSE(at_debugger_prompt(text)) << text;
}

TEST(titles, lose_what_differs_between_runs) {
  EXPECT_EQ(without_numbers("type 0xfffff80036275ce8 8 (0,230)"), "type ADDR NUM (NUM,NUM)");
  EXPECT_EQ(without_numbers("at ffffff001692bd18 and beef"), "at ADDR and beef");
  EXPECT_EQ(without_numbers("lock @ /home/b/src/sys/kern/x.c:31"), "lock @ sys/kern/x.c:NUM");
  EXPECT_EQ(without_numbers("ext4 vm86 r2d2"), "ext4 vm86 r2d2");
}

}  // namespace
}  // namespace wedgehog::console
