// What can be said to a running disk from outside, one JSON object each way: {"do": "inject",
// "fault": "slow=latency:delay=5ms"} -> {"ok": true}. Pure but for the disk itself.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "nbd/fault_disk.hpp"

namespace wedgehog::nbd {

// Commands: ledger, sample, inject {fault: text or object}, heal {name} (without: all), release
// {name, serials, count, newest}, freeze, thaw, power-cut {survive, torn, seed}, snapshot {path,
// durable}, catalogue. An error is {"ok": false, "error": "…", "blame": "recipe"}.
json::object obey(fault_disk& disk, json::object const& command);
// The same for one line of text, without its line end; the answer is one line too.
std::string obey_line(fault_disk& disk, std::string_view line);

// The catalogue as data: kinds, what they do, what a guest must survive, their parameters.
json::array describe_catalogue();

}  // namespace wedgehog::nbd
