// Evidence of DragonFly and illumos in short. What DragonFly printed is as seen in a guest of 5.9
// or as reported; ddb's table and illumos' texts have the form that their sources print, with names
// of our own: nobody has seen them here.
#include "console/digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "console/chains.hpp"
#include "console/wedge.hpp"
#include "samples.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::console {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Seen, DragonFly 5.9.
constexpr std::string_view two_chains =
    "i-chain 0xfffff800548ab320.1 b0d7dddc6d0b8000/0 mir=0000000000000010\n"
    "      [00446302] (?) refs=1\n"
    "      p=0xfffff800548ab160 [pflags 00066102 prefs 1 {\n"
    "    a-chain 0xfffff800548ac120.4 dabac95413ee8001/0 mir=0000000000000011\n"
    "          [00004043] (?) refs=0\n"
    "          p=0xfffff800548ab320 [pflags 00446302 prefs 1\n"
    "}\n";

TEST(chains, are_counted_by_flags_and_references) {
  auto const all = read_chains(two_chains);
  EXPECT_EQ(all.chains, 2U);
  EXPECT_EQ(all.dirty, 1U);
  EXPECT_EQ(all.referenced, 1U);
  ASSERT_EQ(all.kinds.size(), 2U);
  EXPECT_EQ(all.of_other_kinds, 0U);
}

TEST(chains, of_one_kind_are_one_row) {
  std::string text = "hammer2_mount: dev=\"/dev/vn0\"\n";
  for (int i = 0; i < 300; ++i) {
    text += "        a-chain 0xfffff800548ac1" + std::to_string(100 + i) +
            ".3 dabac95413ee8001/0 mir=0000000000000011\n              [00006243] (?) refs=0\n";
    if (i % 50 == 0) text += "sio1: 3 more silo overflows\r\n";
  }
  auto const all = read_chains(text);
  EXPECT_EQ(all.chains, 300U);
  EXPECT_EQ(all.dirty, 300U);
  ASSERT_EQ(all.kinds.size(), 1U);
  EXPECT_EQ(all.kinds[0].count, 300U);
  auto const said = described(all);
  EXPECT_THAT(said, HasSubstr("300 chains: 300 modified, 0 referenced\n"));
  EXPECT_THAT(said, HasSubstr("MODIFIED ALLOCATED UPDATE ONFLUSH COUNTEDBREFS ONRBTREE"));
  EXPECT_EQ(digest_of("dumpchain", text), said);
}

TEST(chains, name_every_bit_or_show_it) {
  EXPECT_EQ(chain_flags(0x00000003), "MODIFIED ALLOCATED");
  EXPECT_EQ(chain_flags(0x80001000), "0x80001000");
  EXPECT_EQ(chain_flags(0), "");
}

TEST(chains, of_any_other_text_are_none) {
  EXPECT_EQ(described(read_chains("[0044630] refs=1\n-chain 0x\n")), "");
  EXPECT_EQ(read_chains("i-chain 0xf.1\n [zzzzzzzz] refs=1\n [00000001] refs=x\n").chains, 0U);
}

// As in sys/ddb/db_ps.c.
constexpr std::string_view debugger =
    "db> ps\n"
    "cpu 0 curthread 0xfffff80061c8a3c0 reqflags 0000\n"
    "      INCOMING IPIQS:\n"
    "  tdq     thread pid    flags pri/cs/mp        sp    wmesg wchan comm\n"
    "  0xfffff80061c8a3c0  -1 00408003 32/00 0xfffff800864ff9b0        - 0 ddb\n"
    "\n"
    "  tdq     thread pid    flags pri/cs/mp        sp    wmesg wchan comm\n"
    "  118 0xfffff80061c8aac0  -1 00408000 16/00 0xfffff8008650f9b0   h2idle 0xfffff800548ab320 "
    "h2xop-ROOT.12\n"
    "--More--\r        \r  118 0xfffff80061c8b1c0  -1 00408000 16/00 0xfffff8008651f9b0  h2twait "
    "0xfffff800548ab330 syncer3\n"
    "  118 0xfffff80061c8b8c0  -1 00408000 16/00 0xfffff8008652f9b0  h2twait "
    "0xfffff800548ab340 /dev/vbd0\n"
    "  118 0xfffff80061c8bfc0 1402 00400000 06/00 0xfffff8008653f9b0   flstik "
    "0xfffff800548ab350 cpdup\n"
    "  118 0xfffff80061c8c6c0 644 00400040 06/00 0xfffff8008654f9b0   select "
    "0xfffff800548ab360 sshd\n"
    "CURCPU 0 CURTHREAD 0xfffff80061c8a3c0 (-1)\n";

TEST(ddb, lists_who_sleeps_and_leaves_out_who_rests) {
  auto const tasks = read_ddb_tasks(debugger);
  ASSERT_EQ(tasks.size(), 4U);  // neither the one that runs nor the one that a signal wakes
  EXPECT_EQ(tasks[3].pid, 1402);
  EXPECT_FALSE(tasks[3].kernel_thread);
  EXPECT_EQ(wedge_signature(tasks).name, "wedge/flstik+h2twait");
  EXPECT_EQ(wedge_signature(read_tasks(debugger)).name, "wedge/flstik+h2twait");
}

std::string seen_on_dragonfly(std::string const& file) {
  return testing::text_of(WEDGEHOG_TESTDATA "/" + file);
}

// What DragonFly 5.9 printed, seen 2026-11: of all its threads only those are a wedge that wait for
// the request which was held.
TEST(wedge, of_a_held_write_is_who_waits_for_it_and_nobody_at_rest) {
  for (auto const* file :
       {"evidence/dragonfly-held-write-listing.txt", "evidence/dragonfly-held-write-ps.txt"}) {
    auto const text = seen_on_dragonfly(file);
    ASSERT_GT(text.size(), 1000U) << file;
    EXPECT_EQ(wedge_signature(read_tasks(text)).name, "wedge/h2coll+h2trans+trwait") << file;
  }
}

TEST(wedge, of_a_guest_at_rest_is_none) {
  for (auto const* file :
       {"evidence/dragonfly-at-rest-listing.txt", "evidence/dragonfly-at-rest-debugger.txt",
        "guest/dragonfly-ddb-break.raw"}) {
    auto const text = seen_on_dragonfly(file);
    ASSERT_GT(text.size(), 1000U) << file;
    EXPECT_EQ(wedge_signature(read_tasks(text)).name, "") << file;
  }
}

TEST(ddb, is_read_with_its_pages_as_it_stands_on_the_console) {
  auto const tasks = read_ddb_tasks(seen_on_dragonfly("guest/dragonfly-ddb-break.raw"));
  auto const worker = std::find_if(tasks.begin(), tasks.end(),
                                   [](auto const& one) { return one.comm == "h2xop-ROOT.31"; });
  ASSERT_NE(worker, tasks.end());
  EXPECT_EQ(worker->wait_channel, "h2idle");
  EXPECT_TRUE(worker->kernel_thread);
  // Behind a page's end.
  EXPECT_TRUE(std::any_of(tasks.begin(), tasks.end(),
                          [](auto const& one) { return one.comm == "consttyd"; }));
}

// Who frees blocks of a device waits for work where a syncer waits for another.
TEST(wedge, of_a_thread_that_is_called_after_its_device_is_none_in_h2twait) {
  std::string const head =
      "UID   PID  PPID CPU PRI NI    VSZ   RSS WCHAN    STAT  TT     TIME COMMAND\n";
  EXPECT_EQ(
      wedge_signature(
          read_ps_tasks(head + "  0    -1     0   1 152  0      0     0 h2twait  B0    ??  0:00.01 "
                               "(/dev/vbd0)\n"))
          .name,
      "");
  EXPECT_EQ(
      wedge_signature(
          read_ps_tasks(head + "  0    -1     0   1 152  0      0     0 h2twait  B0    ??  0:22.04 "
                               "(syncer3)\n"))
          .name,
      "wedge/h2twait");
}

// The agent's own table.
TEST(wedge, is_read_from_the_list_that_the_agent_makes) {
  std::string const list =
      "PID TID PPID STATE KERNEL SWITCHES RUN_US WCHAN COMM\n"
      "1402 1 1204 D 0 48210 2770000 flstik cpdup\n"
      "- 71302 - B 1 0 22040000 h2twait syncer3\n"
      "- 71311 - B 1 0 7310000 h2syndel syncer11\n"
      "1204 1 1 S 0 31 80000 wait sh\n"
      "- 71400 - B 1 0 800000 h2idle h2xop-ROOT.12\n";
  EXPECT_EQ(digest_of("ps", list).substr(0, 29), "wedge/flstik+h2syndel+h2twait");
}

TEST(vmstat, tells_whether_the_machine_is_idle) {
  // As reported in May 2026.
  auto const said = digest_of("vmstat",
                              "r b w fre flt re pi po fr da0 sg0 int sys ctx us sy id\n"
                              "1 1 0 86.3M 0.98M 4.0G 1.8M 0 3.2G 0 0 30.4M 3.11M 21.8M 0 0 100\n");
  EXPECT_THAT(said, HasSubstr("0 % user, 0 % system, 100 % idle; 1 ready, 1 blocked\n"));
  EXPECT_THAT(said, HasSubstr("disk da0: 0\n"));
  EXPECT_EQ(digest_of("vmstat", "r b w us sy\n1 2 3 4 5\n"), "");
}

TEST(pools, that_are_not_well_are_told_with_their_devices) {
  auto const said = digest_of("pools",
                              "  pool: tank\n state: SUSPENDED\nstatus: One or more devices are "
                              "faulted in response to IO failures.\n  scan: none requested\n"
                              "config:\n\n        NAME        STATE     READ WRITE CKSUM\n"
                              "        tank        ONLINE       0     0     0\n"
                              "          c2t0d0    FAULTED      3   118     0  too many errors\n"
                              "\nerrors: 12 data errors, use '-v' for a list\n");
  EXPECT_EQ(said,
            "pool: tank\nstate: SUSPENDED\nstatus: One or more devices are faulted in response to "
            "IO failures.\nc2t0d0 FAULTED: 3 read, 118 write, 0 checksum errors\n"
            "errors: 12 data errors, use '-v' for a list\n");
}

TEST(zio, is_counted_by_type_and_stage) {
  auto const said = digest_of("zio",
                              "ADDRESS                 TYPE  STAGE            WAITER           "
                              "TIME_ELAPSED\n"
                              "fffffe0d5a1c1000        NULL  CHECKSUM_VERIFY  fffffe0d0dcdf4c0 -\n"
                              " fffffe0d5a1c1700       WRITE VDEV_IO_START    -                -\n"
                              "  fffffe0d5a1c1e00      WRITE VDEV_IO_START    -                "
                              "61234ms\n");
  EXPECT_EQ(said, "2 x WRITE VDEV_IO_START\n1 x NULL CHECKSUM_VERIFY\n1 with somebody who waits\n");
}

TEST(faults, are_counted_by_class) {
  EXPECT_EQ(digest_of("faults",
                      "TIME                 CLASS\n"
                      "Nov 29 12:00:01.1234 ereport.fs.zfs.io\n"
                      "Nov 29 12:00:02.1234 ereport.fs.zfs.io\n"
                      "Nov 29 12:00:03.1234 ereport.fs.zfs.deadman\n"),
            "2 x ereport.fs.zfs.io\n1 x ereport.fs.zfs.deadman\n");
}

// `::threadlist -v`: the stack's header stands below the thread's row.
TEST(threads, of_illumos_that_rest_are_nobodys_wedge) {
  std::string const rest =
      "            ADDR             PROC              LWP CLS PRI            WCHAN\n"
      "fffffffffbc2fac0 fffffffffbc2eb80 fffffffffbc31480   0  96                0\n"
      "  PC: _resume_from_idle+0xf1    CMD: sched\n"
      "  stack pointer for thread fffffffffbc2fac0: fffffffffbc72210\n"
      "  [ fffffffffbc72210 _resume_from_idle+0xf1() ]\n"
      "    swtch+0x145()\n    sched+0x83d()\n    main+0x46c()\n\n"
      "fffffe000cf35c40 fffffffffbc2eb80                0   0  60 fffffe031615718a\n"
      "  PC: _resume_from_idle+0xf1    THREAD: txg_sync_thread()\n"
      "  stack pointer for thread fffffe000cf35c40: fffffe000cf35a80\n"
      "  [ fffffe000cf35a80 _resume_from_idle+0xf1() ]\n"
      "    swtch+0x145()\n    cv_wait+0x70()\n    txg_thread_wait+0x5b()\n"
      "    txg_sync_thread+0xfc()\n    thread_start+8()\n";
  EXPECT_EQ(digest_of("threads", rest), "");
  auto const stuck = rest +
                     "fffffe000cf3bc40 fffffffffbc2eb80                0   0  60 "
                     "fffffe031615718a\n"
                     "  PC: _resume_from_idle+0xf1    THREAD: txg_sync_thread()\n"
                     "  stack pointer for thread fffffe000cf3bc40: fffffe000cf3ba80\n"
                     "  [ fffffe000cf3ba80 _resume_from_idle+0xf1() ]\n"
                     "    swtch+0x145()\n    cv_wait+0x70()\n    zio_wait+0x5b()\n"
                     "    dsl_pool_sync+0xe5()\n    spa_sync+0x27e()\n"
                     "    txg_sync_thread+0x227()\n    thread_start+8()\n";
  EXPECT_THAT(digest_of("threads", stuck), HasSubstr("wedge/"));
  EXPECT_THAT(digest_of("threads", stuck), Not(HasSubstr("txg_thread_wait")));
}

TEST(digest, of_a_collection_that_nobody_reads_is_empty) {
  EXPECT_EQ(digest_of("sysctl", "vfs.dirtybufspace: 1\n"), "");
  EXPECT_EQ(digest_of("", ""), "");
}

// The report of the HAMMER2 wedge, where it is at hand.
TEST(digest, of_the_hammer2_report_says_idle) {
  auto const file = samples::shared("seeds") / "000_9de0eed0916853b0.txt";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no ../shared/seeds here";
  EXPECT_THAT(digest_of("vmstat", testing::text_of(file)), HasSubstr("100 % idle"));
}

}  // namespace
}  // namespace wedgehog::console
