#include "adoption/transcript.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace wedgehog::adoption {
namespace fs = std::filesystem;

error keep_transcript(error why, std::string const& from, std::string const& to) {
  std::error_code ignored;
  auto const file = fmt::format("{}/{}", from, transcript);
  if (why.whose() != blame::guest || !fs::exists(file, ignored)) return why;
  fs::remove_all(to, ignored);
  fs::create_directories(to, ignored);
  auto const kept = fmt::format("{}/{}", to, transcript);
  // The two may be on different file systems.
  std::error_code failure;
  fs::copy_file(file, kept, failure);
  if (failure) return why;
  return guest_error(fmt::format("{}\nThe whole transcript: {}", why.message(), kept));
}

}  // namespace wedgehog::adoption
