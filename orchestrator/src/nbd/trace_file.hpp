// The delays of a latency may stand in a file: "slow=latency:trace_file=slow.txt". Whoever reads
// the words of a fault reads the file, too, and the disk gets the delays: its server may live in
// another folder, and the ledger then says what was done, whatever becomes of the file.
#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "base/error.hpp"

namespace wedgehog::nbd {

// spec_from_text() with `trace` in the place of `trace_file`. Blame: recipe.
result<boost::json::object> spec_with_trace(std::string_view text);

}  // namespace wedgehog::nbd
