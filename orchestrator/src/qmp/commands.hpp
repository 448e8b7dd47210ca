// Every QMP command and event that Wedgehog uses, in one table, so that an installed QEMU can be
// asked beforehand whether it knows them: a renamed argument is found by a test, not in a wreck.
//
// To use a new command: add its line to the table in commands.cpp. The peers test then checks it
// against the QEMU at hand.
#pragma once

#include <boost/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::qmp {

struct known_command {
  std::string_view name;
  std::string_view arguments;  // "path queue detach?": a question mark for those left out at times
  bool out_of_band = false;    // is sent with exec-oob
};

[[nodiscard]] std::span<known_command const> commands_in_use();
[[nodiscard]] std::span<std::string_view const> events_in_use();

// What of the above a QEMU lacks, by the value that its query-qmp-schema returned: one sentence per
// complaint, none when everything fits.
[[nodiscard]] std::vector<std::string> lacking(boost::json::value const& schema);

}  // namespace wedgehog::qmp
