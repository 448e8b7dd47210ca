// Lines, frames and stacks; and that nothing a guest sends can make the readers grow.
#include <gtest/gtest.h>

#include "../pinned_words.hpp"

#include "console/guilt.hpp"
#include "console/stacks.hpp"
#include "console/symbol.hpp"
#include "samples.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::console {
namespace {

std::vector<std::string> lines_of(std::string_view bytes) {
  std::vector<std::string> out;
  line_reader reader([&](text_line said) {
    out.push_back(std::to_string(said.number) + ":" + std::string(said.text));
  });
  reader.feed(bytes);
  reader.finish();
  return out;
}

TEST(words, of_the_tables_are_those_that_were_released) {
  EXPECT_EQ(pinned<severity>(), "harmless info warning oops fatal");
  EXPECT_EQ(pinned<system>(), "any linux dragonfly illumos bsd");
}

TEST(line_reader, cleans_lines_and_numbers_them) {
  using ::testing::Test;
  EXPECT_EQ(lines_of("a\r\nb\n\nc"), (std::vector<std::string>{"1:a", "2:b", "4:c"}));
  EXPECT_EQ(lines_of("\x1b[31mred\x1b[0m\n"), (std::vector<std::string>{"1:red"}));
  EXPECT_EQ(lines_of(std::string_view("a\0b\xff\n", 5)), (std::vector<std::string>{"1:ab?"}));
  EXPECT_EQ(lines_of("half\rpanic: x\n"), (std::vector<std::string>{"1:half", "1:panic: x"}));
}

TEST(line_reader, does_not_let_a_cut_escape_eat_the_next_line) {
  EXPECT_EQ(lines_of("x\x1b[12\nBUG: y\n"), (std::vector<std::string>{"1:x", "2:BUG: y"}));
  std::string endless = "\x1b]";
  endless.append(300, 'z');
  EXPECT_EQ(lines_of(endless + "\nBUG: y\n").back(), "2:BUG: y");
}

TEST(line_reader, bounds_a_line) {
  auto const lines = lines_of(std::string(1 << 20, 'x') + "\nend\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].size(), line_reader::longest_line + 2);
  EXPECT_EQ(lines[1], "2:end");
}

TEST(prefixes, are_taken_off) {
  EXPECT_EQ(without_prefix("[   12.345678] words").body, "words");
  EXPECT_EQ(without_prefix("<6>[   12.345678] words").body, "words");
  EXPECT_EQ(without_prefix("[  12.345678][  T512] words").body, "words");
  EXPECT_EQ(without_prefix("[  12.345678][  T512] words").caller, "T512");
  EXPECT_EQ(without_prefix("lab login: [   12.345678] words").body, "words");
  EXPECT_EQ(without_prefix("<118>words").body, "words");
  EXPECT_EQ(
      without_prefix("2031-02-03T04:05:06+00:00 n unix: [ID 836849 kern.notice] #012words").body,
      "words");
  EXPECT_EQ(without_prefix("[not a time] words").body, "[not a time] words");
  EXPECT_DOUBLE_EQ(without_prefix("[   12.345678] words").seconds, 12);
}

struct frame_case {
  char const* line;
  char const* function;
};

TEST(frames, are_read_in_every_dialect) {
  for (auto const& [line, function] : std::initializer_list<frame_case>{
           {" frog_jump+0x12/0x80", "frog_jump"},
           {" frog_jump+0x12/0x80 [frogfs]", "frog_jump"},
           {" [<ffffffff8153f2ab>] frog_jump+0x12/0x80", "frog_jump"},
           {"[<0>] frog_jump+0x12/0x80", "frog_jump"},
           {" frog_hop fs/frog/jump.c:12 [inline]", "frog_hop"},
           {"RIP: 0010:frog_jump.cold+0x12/0x80", "frog_jump"},
           {"RIP: 0010:[<ffffffff8268adb6>]  [<ffffffff8268adb6>] frog_jump+0x1/0x2", "frog_jump"},
           {"pc : frog_jump+0x1c/0x40 [frogfs]", "frog_jump"},
           {"epc : frog_jump+0x72/0xb2", "frog_jump"},
           {"NIP [c000000008068dfc] .frog_jump+0x27c/0x390", "frog_jump"},
           {"[c000000049a87780] [c000000001385b4c] frog_jump+0x3cc/0xed0", "frog_jump"},
           {"Krnl PSW : 0704c00180000000 000000000010 (frog_jump+0x2a/0x40)", "frog_jump"},
           {"[<8010f004>] (frog_jump) from [<80110000>] (pond+0x1/0x2)", "frog_jump"},
           {" frog_jump from pond+0x1/0x2", "frog_jump"},
           {"#3 0xffffffff80d3611c at frog_jump+0x57c", "frog_jump"},
           {"#11 0xffffffff80687ba7 in frog_jump (pmp=0x1) at /usr/src/x.c:9", "frog_jump"},
           {"frog_jump() at frog_jump+0x79 0xffffffff80686719", "frog_jump"},
           {"frog_jump(4900,c108) at frog_jump+0x284a", "frog_jump"},
           {"outer() at netbsd:outer+0x51 frog_jump sys/kern/x.c:3 [inline]", "frog_jump"},
           {"Stopped at      frog_jump+0x150:  movzbl 0(%r13),%r12d", "frog_jump"},
           {"ffffff003d001180 examplefs:frog_jump+9d ()", "frog_jump"},
           {"ffffff00f751bdc0 frog_jump+0x141(0)", "frog_jump"},
           {"[ ffffff000cf358c0 frog_jump+0xf4() ]", "frog_jump"},
           {"frogfs`frog_jump+0x9b(ffffff03d95f4e48)", "frog_jump"},
           {"frog_jump+0x17e(ffffff6bb09ce228, 0)", "frog_jump"}}) {
    auto const found = read_frame(line);
    ASSERT_TRUE(found) << line;
    EXPECT_EQ(found->function, function) << line;
  }
}

TEST(frames, are_not_seen_where_there_are_none) {
  for (char const* line :
       {"RIP: 0033:0x7f3a12c4e8b7", "RSP: 0018:ffffb0a5c0487e58 EFLAGS: 00000206",
        "Call Trace:", "Code: d503201f a9bf7bfd", "words (in brackets) at home", "", "+0x12",
        "RIP: 0033:main+0x1/0x2"})
    EXPECT_FALSE(read_frame(line)) << line;
}

TEST(functions, lose_what_compilers_add) {
  EXPECT_EQ(plain_function("frog_jump.isra.0.cold"), "frog_jump");
  EXPECT_EQ(plain_function("frog_jump.llvm.123456789"), "frog_jump");
  EXPECT_EQ(plain_function("__x64_sys_futex"), "sys_futex");
  EXPECT_EQ(plain_function("SyS_futex"), "sys_futex");
  EXPECT_EQ(plain_function("_Z8frogJumpiii"), "frogJump");
  EXPECT_EQ(plain_function("_RNvMs3_NtCshgDM7dBCdno_4frog4pondNtB5_4Toad4jump"),
            "frog::pond::Toad::jump");
  EXPECT_EQ(plain_function("_ZN4frog4jump17h0123456789abcdefE"), "frog::jump");
}

TEST(guilt, passes_over_the_roles_that_do_not_matter) {
  read_report report;
  report.stacks.push_back({stack_kind::failing, "", {}});
  for (char const* name :
       {"dump_stack", "__schedule", "schedule", "mutex_lock", "frog_wait", "vfs_write"})
    report.stacks[0].frames.push_back({name, "", false, false});
  EXPECT_EQ(guilty_function(guilt::blocked, report, ""), "frog_wait");
  EXPECT_EQ(guilty_function(guilt::stack, report, "memcpy"), "frog_wait");
  EXPECT_EQ(guilty_function(guilt::stack, report, "pond_fill"), "pond_fill");
  report.stacks[0].frames[4].unsure = true;
  EXPECT_EQ(guilty_function(guilt::blocked, report, ""), "vfs_write");
}

TEST(report_reader, stays_bounded_under_a_flood) {
  report_reader reader{classifier()};
  std::string flood;
  for (int i = 0; i < 20000; ++i)
    flood += "BUG: unable to handle kernel paging request at " + std::string(100, 'f') + "\n";
  reader.feed(flood);
  reader.finish();
  EXPECT_GT(reader.dropped(), 1000u);
  EXPECT_LE(reader.take_findings().size(), 1024u);
  auto const reports = reader.take();
  EXPECT_EQ(reports.size(), report_reader::most_reports);
  for (auto const& r : reports) EXPECT_LE(r.lines.size(), report_reader::most_lines);
}

TEST(report_reader, raises_a_reports_level_with_the_panic_that_ends_it) {
  auto const said = samples::read_in_pieces(
      testing::text_of(samples::folder("console") / "linux-warn-then-panic.txt"), 4096);
  ASSERT_EQ(said.reports.size(), 1u);
  EXPECT_EQ(said.reports[0].head.level, severity::fatal);
}

}  // namespace
}  // namespace wedgehog::console
