// Where a machine's memory file and sockets live: a short path on tmpfs, locked by its owner. What
// a killed orchestrator left behind is recognised by its free lock and swept by the next one.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::vm {

class runtime_directory {
 public:
  // Below /dev/shm/wedgehog-UID (or $WEDGEHOG_RUNTIME, which must be on tmpfs to keep guest memory
  // off the disk). Blame: host; says what to do when `memory_bytes` do not fit there.
  static result<runtime_directory> make(std::uint64_t memory_bytes);
  runtime_directory(runtime_directory&& other) noexcept = default;
  runtime_directory& operator=(runtime_directory&& other) noexcept;
  ~runtime_directory();

  [[nodiscard]] std::string const& path() const { return path_; }

  // Removes the directories whose owners are gone; returns how many.
  static int sweep();
  [[nodiscard]] static std::string parent();

 private:
  runtime_directory(std::string path, loop::descriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  loop::descriptor lock_;
};

}  // namespace wedgehog::vm
