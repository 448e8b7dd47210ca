// The machines that were booted and frozen on this host, one folder each, named by a checksum over
// all that went into them. Shared by all runs: a lock for each keeps them from making one twice,
// and from taking one away that another is about to begin with. Every call may wait for the disk,
// none for a lock.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::conductor {

class template_cache {
 public:
  // So many are kept; of more those go that were not used for longest.
  static constexpr std::size_t most_kept = 16;

  explicit template_cache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // `made_of`: everything that goes into it, as text.
  [[nodiscard]] static std::string key_of(std::string const& made_of);

  enum class sharing { with_others, alone };
  // Invalid while others have it in a way that does not go with that. Blame: host.
  [[nodiscard]] result<loop::descriptor> lock(std::string const& key, sharing how) const;
  // So that others may take it, too.
  static void share(loop::descriptor const& lock);

  struct state {
    bool whole = false;
    std::string why;  // what is wrong with it; empty: there is none
  };
  // Whether all its files are what they were when it was sealed: by size and times, and where those
  // differ by checksum. A shared lock is enough.
  [[nodiscard]] state look(std::string const& key) const;
  [[nodiscard]] std::filesystem::path place_of(std::string const& key) const {
    return folder_ / key;
  }
  // The next that is pruned is another one.
  void note_use(std::string const& key) const;

  // A place among those that begin: of hundreds that begin at once each would take minutes, and
  // none would answer in time. Invalid while there is none; free again when it is let go. Blame:
  // host.
  [[nodiscard]] result<loop::descriptor> place_to_begin() const;

  // These want the lock alone.

  // An empty folder to make it in; what somebody left there is gone.
  [[nodiscard]] result<std::filesystem::path> begin(std::string const& key) const;
  // Its files are as they shall stay: they are summed, and the folder takes its place. Blame: host.
  [[nodiscard]] result<void> seal(std::string const& key, std::string const& made_of) const;
  void remove(std::string const& key) const;

  // Others than this, as far as nobody has them.
  void prune(std::string const& kept) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace wedgehog::conductor
