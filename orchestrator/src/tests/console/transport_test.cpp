// What transports put before a kernel's words, and what they cut.
#include "console/transport.hpp"

#include <gtest/gtest.h>

#include "console/joiner.hpp"
#include "samples.hpp"
#include "styles.hpp"

namespace wedgehog::console {
namespace {

struct prefix_case {
  char const* line;
  char const* words;
  char const* stamp;
};

TEST(prefix, of_every_transport_is_taken_off_and_its_time_kept) {
  for (auto const& [line, words, stamp] : {
           prefix_case{"[   12.345678] words", "words", "12.345678"},
           prefix_case{"[   12.345678@1] words", "words", "12.345678@1"},
           prefix_case{"[  +0.000004] words", "words", "+0.000004"},
           prefix_case{"[Jun 5 12:00] words", "words", "Jun 5 12:00"},
           prefix_case{"[Thu Jun  5 12:00:01 2025] words", "words", "Thu Jun  5 12:00:01 2025"},
           prefix_case{"[   12.345678 <    0.000004>] words", "words", "12.345678 <    0.000004>"},
           prefix_case{"[<    0.000004>] words", "words", "<    0.000004>"},
           prefix_case{"Jun 05 12:00:01 n7 kernel: words", "words", "Jun 05 12:00:01"},
           prefix_case{"Jun  5 2025 12:00:01 n7 kernel: words", "words", "Jun  5 2025 12:00:01"},
           prefix_case{"6?? 05 12:00:01 n7 kernel: words", "words", "6?? 05 12:00:01"},
           prefix_case{"Jun 05 12:00:01 n7 /bsd: words", "words", "Jun 05 12:00:01"},
           prefix_case{"2025-06-05T12:00:01.123Z words", "words", "2025-06-05T12:00:01.123Z"},
           prefix_case{"2025-06-05 12:00:01 words", "words", "2025-06-05 12:00:01"},
           prefix_case{"1749124801.123456 n7 kernel: words", "words", "1749124801.123456"},
           prefix_case{"4,901,1234567890,-;words", "words", "1234567890"},
           prefix_case{"kern  :warn  : [   12.345678] words", "words", "12.345678"},
           prefix_case{"<4>words", "words", ""},
           prefix_case{"kernel:[   12.345678] words", "words", "12.345678"},
           prefix_case{"Jun 05 12:00:01 kernel: words", "words", "Jun 05 12:00:01"},
           prefix_case{"    Jun 05 12:00:01 n7 kernel: words", "words", "Jun 05 12:00:01"},
           prefix_case{"\t[   12.345678] words", "words", "12.345678"},
           prefix_case{"> > words", "words", ""},
           prefix_case{">>> words", "words", ""},
           prefix_case{">\twords", "\twords", ""},
           prefix_case{"| [   12.345678] words", "words", "12.345678"},
           prefix_case{"/var/log/kern.log:Jun  5 12:00:01 n7 kernel: words", "words",
                       "Jun  5 12:00:01"},
           prefix_case{"kern.log.1-Jun  5 12:00:01 n7 kernel: words", "words", "Jun  5 12:00:01"},
           prefix_case{"messages:77:Jun  5 12:00:01 n7 kernel: words", "words", "Jun  5 12:00:01"},
           prefix_case{"77:[   12.345678] words", "words", "12.345678"},
           prefix_case{"[   12.345678,3] words", "words", "12.345678,3"},
           prefix_case{"[   12.345678]  [2:      frobd:  901] words", "words", "12.345678"},
           prefix_case{"[   12.345678] (2)[901:frobd]words", "words", "12.345678"},
           prefix_case{"[   12.345678] c2   901 words", "words", "12.345678"},
           prefix_case{"06-05 12:00:01.123     0     0 W KERNEL  : words", "words",
                       "06-05 12:00:01.123"},
           prefix_case{"06-05 12:00:01.123     0     0 W         : words", "words",
                       "06-05 12:00:01.123"},
           prefix_case{"12:00:01.123 words", "words", "12:00:01.123"},
           prefix_case{"05.06.2025 12:00:01 n7 kernel: words", "words", "05.06.2025 12:00:01"},
           prefix_case{"2025/06/05 12:00:01 n7 kernel: words", "words", "2025/06/05 12:00:01"},
           prefix_case{"5 Jun 2025 12:00:01 n7 kernel: words", "words", "5 Jun 2025 12:00:01"},
           prefix_case{"Thu Jun  5 12:00:01 2025 kern.warn kernel: words", "words",
                       "Thu Jun  5 12:00:01 2025"},
           prefix_case{"Jun  5 12:00:01 n7 kern.warn kernel: words", "words", "Jun  5 12:00:01"},
           prefix_case{"Jun  5 12:00:01 <kern.crit> n7 kernel: words", "words", "Jun  5 12:00:01"},
           prefix_case{"kernel: words", "words", ""},
       }) {
    printed_line const read = without_prefix(line);
    EXPECT_EQ(read.body, words) << line;
    EXPECT_EQ(read.stamp, stamp) << line;
    EXPECT_FALSE(read.program) << line;
  }
}

TEST(prefix, is_not_seen_in_a_kernels_own_words) {
  for (char const* line :
       {"Call Trace:", "INFO: task frobd:901 blocked for more than 122 seconds.",
        "invalid opcode: 0000 [#1]", "sd 0:0:0:0: [sda] Stopping disk",
        "RIP: 0010:frob_put+0x1/0x2", "task:frobd           state:D stack:0     pid:901",
        "kernel BUG at fs/frob.c:12!", "[<ffffffff81000000>] frob_put+0x1/0x2", "[0:0:0:0] disk",
        "12 frogs, 3 toads; all well", "c2c frogs 12 toads", "1.2.3 frogs", "(2) frogs",
        "frob.c:12: frogs", "frob-7: frogs at 12:00:01",
        "frobd[901]: segfault at 8 ip 0000000000401136"}) {
    EXPECT_EQ(without_prefix(line).body, line);
    for (auto const& as : samples::styles()) {
      std::string text = as.print(line, 0);
      if (text.find('\x1b') != std::string::npos || text.ends_with('\r')) continue;
      printed_line const read = without_prefix(text);
      EXPECT_EQ(read.body, line) << as.name;
      EXPECT_FALSE(read.program) << as.name;
    }
  }
}

TEST(prefix, says_who_speaks) {
  for (char const* line :
       {"Jun 05 12:00:01 node7 frobd[12]: words", "Jun 05 12:00:01 frobd[12]: words",
        "Jun 05 12:00:01 node7 frobd: words", "2025-06-05T12:00:01+0000 node7 frobd[12]: words",
        "user  :info  : [   12.345678] words",
        "<14>1 2025-06-05T12:00:01Z node7 frobd 12 - - words",
        "06-05 12:00:01.123   901   902 I frobd   : words",
        "/var/log/syslog:Jun  5 12:00:01 node7 frobd[12]: words",
        "2031-02-03T04:05:06+00:00 n frobd[3]: [ID 702911 daemon.error] words"}) {
    EXPECT_TRUE(without_prefix(line).program) << line;
    EXPECT_EQ(without_prefix(line).body, "words") << line;
  }
  transport reader;
  char const* const unnumbered = "2025-06-05T12:00:01+0000 node7 frobd: INFO: task x:1 blocked";
  EXPECT_FALSE(reader.read(unnumbered).program);  // may be a kernel's line about "node7 frobd"
  (void)reader.read("2025-06-05T12:00:01+0000 node7 kernel: hello");
  EXPECT_TRUE(reader.read(unnumbered).program);
}

TEST(prefix, says_how_to_get_text_out_of_what_is_none) {
  EXPECT_EQ(why_no_text("[   12.345678] words\n"), "");
  EXPECT_EQ(why_no_text("{ brace }\n"), "");
  for (std::string_view const head : {"LPKSHHRH\x01", "__CURSOR=s=1;i=2\n", "{\"__CURSOR\":\"s\""})
    EXPECT_NE(why_no_text(head).find("journalctl"), std::string_view::npos);
  EXPECT_NE(why_no_text("\x28\xb5\x2f\xfd rest").find("unzstd"), std::string_view::npos);
}

std::vector<std::string> joined(std::string_view text) {
  std::vector<std::string> out;
  line_joiner joiner(classifier(), [&](text_line said) {
    out.push_back(std::to_string(said.number) + ":" + std::string(said.text));
  });
  line_reader lines([&](text_line said) { joiner.take(said); });
  lines.feed(text);
  lines.finish();
  joiner.finish();
  return out;
}

TEST(joiner, puts_netconsoles_fragments_together) {
  EXPECT_EQ(joined("4,9,77,-,ncfrag=0/11;hello\n4,9,77,-,ncfrag=5/11; world\nnext\n"),
            (std::vector<std::string>{"1:4,9,77,-,ncfrag=0/11;hello world", "3:next"}));
  EXPECT_EQ(joined("4,9,77,-,ncfrag=0/99;lost\nnext\n").back(), "2:next");
}

TEST(joiner, closes_a_debuggers_frame) {
  EXPECT_EQ(
      joined("#1 0xff in panic (\n    fmt=0xff \"frogs\")\n    at x.c:1\n#2 0xff in f (a=1)\n")
          .front(),
      "1:#1 0xff in panic (fmt=0xff \"frogs\")");
}

// Two lines are one where a pattern or a frame proves it, and stay two where nothing does.
TEST(joiner, joins_only_what_is_proved) {
  std::string const assertion =
      "panic: assertion \"pond->frogs > 0 && pond->owner == curthread\" failed in pond_release at "
      "x.c:1";
  EXPECT_EQ(joined(samples::wrapped(assertion, 72)).size(), 1u);
  std::string const calm(72, 'a');
  EXPECT_EQ(joined(calm + "\nb\n" + calm + "\nc\n").size(), 4u);
  std::string const banner = std::string(72, 'a') + "\nLinux version 6.1\n";
  EXPECT_EQ(joined(banner).size(), 2u);
}

}  // namespace
}  // namespace wedgehog::console
