// Writes what comes on a stream into a folder here, and seals it when all of it is there. It is the
// only one who writes into that folder: what a node still does that was given up reaches nobody.
// Blocking.
#pragma once

#include <filesystem>
#include <string>

#include "farm/stream/frames.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::farm::stream {

class folder_receiver {
 public:
  // The folder is there. Until it is sealed it says who receives it, so that a run whose supervisor
  // was killed is known to have nobody. Blame: host.
  static result<folder_receiver> into(std::filesystem::path folder);

  // A file that was there before is not touched: an error.
  result<void> take(piece const& what);
  // Holds what came against the manifest, then writes that: an error when a file is missing, or has
  // other bytes than its performer sealed.
  result<void> seal();

 private:
  explicit folder_receiver(std::filesystem::path folder, loop::descriptor top)
      : folder_(std::move(folder)), top_(std::move(top)) {}
  result<loop::descriptor> open(std::string_view path, bool begins);

  std::filesystem::path folder_;
  loop::descriptor top_;
  std::map<std::string, bool, std::less<>> begun_;
  std::string manifest_;  // held back until all is there
};

}  // namespace wedgehog::farm::stream
