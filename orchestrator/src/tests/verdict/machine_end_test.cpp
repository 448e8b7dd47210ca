// Who ended QEMU: the guest, the plan, or the host.
#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"

namespace wedgehog::verdict {
namespace {

TEST(machine_end, a_qemu_that_the_host_killed_is_the_hosts_trouble) {
  struct end {
    int exit_code;
    bool planned;
    state_word state;
  };
  for (auto const& one :
       {end{-7, false, state_word::host_stopped}, end{-7, true, state_word::host_stopped},
        end{-9, false, state_word::host_stopped}, end{-9, true, state_word::exited},
        end{-6, false, state_word::exited}, end{-11, false, state_word::exited},
        end{9, false, state_word::exited}}) {
    scene guest;
    guest.play(15);
    if (one.planned)
      guest.add(timeline::fault{"kill-qemu", "kill-qemu", "injected", "SIGKILL to QEMU", 1});
    timeline::machine_state gone;
    gone.alive = false;
    gone.exit_code = one.exit_code;
    silence(guest.now);
    guest.now.alive = false;
    guest.now.works = false;
    guest.add(gone);
    guest.play(3);
    EXPECT_EQ(guest.said.state, one.state) << one.exit_code << guest.reasons();
    EXPECT_TRUE(guest.said.confirmed) << one.exit_code;
  }
}

}  // namespace
}  // namespace wedgehog::verdict
