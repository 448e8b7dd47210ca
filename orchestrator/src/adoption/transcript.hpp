// What a console said while its system was changed: kept when that failed, for whoever asks why.
#pragma once

#include <string>

#include "base/error.hpp"

namespace wedgehog::adoption {

// The file of it, in the folder of a machine.
inline constexpr std::string_view transcript = "console.raw";

// Moves it from one folder to the other, which becomes its alone, and says so in the error; only
// where the guest is to blame. `why` is what is then told.
[[nodiscard]] error keep_transcript(error why, std::string const& from, std::string const& to);

}  // namespace wedgehog::adoption
