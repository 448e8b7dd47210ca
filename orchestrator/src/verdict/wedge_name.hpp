// The name of a wedge: the culprits, the chain to them and the state of the device below, not
// everybody who was blocked when somebody looked. The same cause has the same name, whoever else
// suffered from it; different causes have different ones.
#pragma once

#include <string>
#include <vector>

#include "timeline/signal.hpp"
#include "verdict/view/view.hpp"
#include "verdict/words.hpp"

namespace wedgehog::verdict {

// The tasks that were blocked when the guest was last looked at and had not run for ten seconds by
// then: whoever waits for a busy disk runs now and then. All that were blocked, if none had stood
// still so long.
[[nodiscard]] std::vector<timeline::blocked_task> standing_tasks(kernel_view const& seen);

// "wedge/held-io+ext4_sync_file"; empty when nothing is known that could name it.
[[nodiscard]] std::string name_of_wedge(view const& seen, kind_word kind);

}  // namespace wedgehog::verdict
