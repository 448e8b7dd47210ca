// How a workload ended, as the judge reads it.
#include <gtest/gtest.h>

#include "tests/verdict/scene.hpp"

namespace wedgehog::verdict {
namespace {

// Of 129 to 255 most are what a program chose itself (fsx: 205); only the agent knows.
TEST(workload_end, an_exit_code_over_128_is_no_signal_where_the_agent_tells) {
  scene guest;
  guest.play(15);
  guest.now.works = false;
  auto const end = [&](int code, int killed_by) {
    timeline::workload one;
    one.name = "writer";
    one.done = 7500;
    one.state = "ended";
    one.exit_code = code;
    one.killed_by = killed_by;
    guest.add(one);
    guest.play(40);
  };
  end(205, 0);
  EXPECT_EQ(guest.said.state, state_word::workload_failed) << guest.reasons();
  EXPECT_NE(guest.reasons().find("exit code 205"), std::string::npos) << guest.reasons();
  end(137, 9);
  EXPECT_EQ(guest.said.state, state_word::workload_died) << guest.reasons();
  EXPECT_NE(guest.reasons().find("signal 9"), std::string::npos) << guest.reasons();
}

}  // namespace
}  // namespace wedgehog::verdict
