// Where a machine's memory file and sockets live: a short path on tmpfs, locked by its owner. What
// a killed orchestrator left behind is recognised by its mark and its free lock, and swept by the
// next one. Nobody else can read what is there, and nothing of others is touched: all work is done
// relative to a folder that is ours, and never through a link.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::vm {

class runtime_directory {
 public:
  // Below /dev/shm/wedgehog-UID (or $WEDGEHOG_RUNTIME, which must be on tmpfs to keep guest memory
  // off the disk). `memory_bytes` is what the machine may come to take. Blame: host; says what to
  // do when that does not fit beside what the machines that run may still take, and when the
  // folder is not ours alone, or stays locked for longer than `patience`.
  static result<runtime_directory> make(
      std::uint64_t memory_bytes, std::chrono::milliseconds patience = std::chrono::seconds(5));
  runtime_directory(runtime_directory&& other) noexcept = default;
  runtime_directory& operator=(runtime_directory&& other) noexcept;
  ~runtime_directory();

  [[nodiscard]] std::string const& path() const { return path_; }

  // It may come to take so much from now on. Blame: host, as of make().
  result<void> promise(std::uint64_t memory_bytes);

  // Removes the directories whose owners are gone; returns how many.
  static int sweep();
  [[nodiscard]] static std::string parent();
  // Bytes that the machines which run there may still take.
  [[nodiscard]] static result<std::uint64_t> promised();

 private:
  runtime_directory(loop::descriptor top, std::string parent, std::string name,
                    loop::descriptor lock);
  loop::descriptor top_;
  std::string name_;  // in it
  std::string path_;
  loop::descriptor lock_;
};

}  // namespace wedgehog::vm
