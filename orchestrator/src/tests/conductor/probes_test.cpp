// Which questions make sense to which guest.
#include "conductor/probes.hpp"

#include <gtest/gtest.h>

namespace wedgehog::conductor {
namespace {

using verdict::run_word;

probe_facts wedged_guest() {
  probe_facts facts;
  facts.state = run_word::wedged;
  facts.machine_runs = true;
  facts.agent_known = true;
  facts.disks = {{"data", true}, {"other", false}};
  for (auto const one : vm::all_abilities()) facts.machine.insert(one);
  for (auto const one : guest::all_abilities()) facts.guest.insert(one);
  return facts;
}

std::string in_words(std::vector<probe_decision> const& decided) {
  std::string text;
  for (auto const& one : decided)
    text += (text.empty() ? "" : "; ") + one.name + (one.disk.empty() ? "" : " " + one.disk) +
            (one.left_out.empty() ? "" : " (" + one.left_out + ")");
  return text;
}

TEST(probes, keep_their_order_but_the_interrupt_comes_last) {
  EXPECT_EQ(in_words(decide_probes({"nmi", "echo", "sysrq-w", "io"}, wedged_guest())),
            "echo; sysrq-w; io other; nmi");
  EXPECT_EQ(in_words(decide_probes({}, wedged_guest())), "");
}

TEST(probes, visit_the_debugger_last_of_all_and_also_after_a_panic) {
  auto facts = wedged_guest();
  EXPECT_EQ(in_words(decide_probes({"debugger", "nmi", "echo"}, facts)), "echo; nmi; debugger");
  facts.state = run_word::panicked;
  EXPECT_EQ(in_words(decide_probes({"debugger", "nmi"}, facts)),
            "nmi (the guest panicked); debugger");
  facts.guest.erase(guest::ability::debugger);
  EXPECT_EQ(in_words(decide_probes({"debugger"}, facts)),
            "debugger (the guest has no debugger (its kernel has a debugger that listens on the "
            "console))");
}

TEST(probes, read_a_disk_on_which_nothing_is_held) {
  auto facts = wedged_guest();
  facts.disks = {{"data", true}};
  EXPECT_EQ(in_words(decide_probes({"io"}, facts)), "io (requests are held on every disk)");
  facts.disks.clear();
  EXPECT_EQ(in_words(decide_probes({"io"}, facts)), "io (there is no disk)");
}

TEST(probes, ask_nothing_of_who_cannot_answer) {
  auto facts = wedged_guest();
  facts.agent_known = false;
  EXPECT_EQ(in_words(decide_probes({"echo", "sysrq-l"}, facts)),
            "echo (the guest never became ready); sysrq-l");
  facts.state = run_word::panicked;
  EXPECT_EQ(in_words(decide_probes({"sysrq-l", "nmi"}, facts)),
            "sysrq-l (the guest panicked); nmi (the guest panicked)");
  facts.state = run_word::host_stopped;
  EXPECT_EQ(in_words(decide_probes({"sysrq-l"}, facts)), "sysrq-l (the machine is host-stopped)");
  facts.machine_runs = false;
  EXPECT_EQ(in_words(decide_probes({"sysrq-l"}, facts)), "sysrq-l (QEMU is gone)");
}

TEST(probes, ask_nothing_that_machine_or_guest_cannot_answer) {
  auto facts = wedged_guest();
  facts.guest.erase(guest::ability::console_keys);
  facts.machine.erase(vm::ability::monitor);
  EXPECT_EQ(in_words(decide_probes({"sysrq-w", "echo", "nmi"}, facts)),
            "sysrq-w (the guest has no console-keys (its kernel answers a break and a key)); echo; "
            "nmi (the machine has no monitor (a QMP session))");
}

TEST(probes, have_a_limit_that_grows_with_their_number) {
  auto const one = prober::longest(decide_probes({"echo"}, wedged_guest()));
  auto const two = prober::longest(decide_probes({"echo", "io"}, wedged_guest()));
  EXPECT_GE(one, prober::answer_limit);
  EXPECT_GT(two, one);
}

}  // namespace
}  // namespace wedgehog::conductor
