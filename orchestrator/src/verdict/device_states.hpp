// What layers between file systems and disks (device-mapper, md) say of themselves, and whether it
// holds whoever asks them. Sources: Linux, Documentation/admin-guide/device-mapper/thin-
// provisioning.rst, drivers/md/dm-mpath.c (multipath_status), Documentation/admin-guide/md.rst.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verdict/view/view.hpp"

namespace wedgehog::verdict {

enum class device_hold {
  none,
  dm_suspended,  // "dm-0": "lin suspended"
  md_suspended,  // "md0": "active suspended"
  pool_full,  // "dm-1 thin-pool": "… out_of_data_space … queue_if_no_space …": writers wait
  no_path,    // "dm-2 multipath": none of its paths works
};

// `device` and `state` as in timeline::guest::devices. A device's own name may have any word in it.
[[nodiscard]] device_hold hold_of(std::string_view device, std::string_view state);

// Labels of all that hold, for the name of a wedge: "dm-suspended+pool-full". What the console says
// of a pool counts where no pool tells its own state.
[[nodiscard]] std::string labels_of_devices(view const& seen);
// The same with their words, a line each: "device dm-0: lin suspended".
[[nodiscard]] std::vector<std::string> held_by_devices(view const& seen);

}  // namespace wedgehog::verdict
