#include "verdict/device_states.hpp"

#include <gtest/gtest.h>

namespace wedgehog::verdict {
namespace {

struct told {
  char const* device;
  char const* state;
  device_hold expected;
};

TEST(device_states, hold_by_what_a_device_is_and_not_by_how_it_is_called) {
  using enum device_hold;
  for (auto const& [device, state, expected] :
       {told{"dm-0", "lin suspended", dm_suspended}, told{"dm-0", "suspended active", none},
        told{"md0", "active suspended", md_suspended}, told{"md0", "suspended", md_suspended},
        told{"md127", "clean degraded 1 suspended", md_suspended},
        told{"md0", "clean degraded 1", none}, told{"loop0", "on /mnt/suspended image", none},
        told{"loop0", "on thin-pool out_of_data_space", none}})
    EXPECT_EQ(hold_of(device, state), expected) << device << ": " << state;
}

// The formats of pool_status (dm-thin.c) and multipath_status (dm-mpath.c) of Linux 6.1.
TEST(device_states, are_told_by_their_targets) {
  using enum device_hold;
  for (auto const& [device, state, expected] :
       {told{"dm-1 thin-pool",
             "0 12/1024 512/512 - out_of_data_space discard_passdown queue_if_no_space - 1024",
             pool_full},
        told{"dm-1 thin-pool",
             "0 12/1024 512/512 - out_of_data_space discard_passdown error_if_no_space - 1024",
             none},
        told{"dm-1 thin-pool", "0 12/1024 512/512 - rw discard_passdown queue_if_no_space - 1024",
             none},
        told{"dm-1 thin-pool", "Fail", none}, told{"dm-2 thin", "65536 131071", none},
        told{"dm-3 multipath", "2 0 0 0 1 1 A 0 2 0 8:16 A 0 8:32 F 3", none},
        told{"dm-3 multipath", "2 1 0 0 1 1 E 0 2 0 8:16 F 1 8:32 F 3", no_path},
        told{"dm-3 multipath", "2 0 0 0 0 0", none},
        told{"dm-4 snapshot", "out_of_data_space", none},
        told{"dm-4 status", "no answer yet", none}})
    EXPECT_EQ(hold_of(device, state), expected) << device << ": " << state;
}

}  // namespace
}  // namespace wedgehog::verdict
