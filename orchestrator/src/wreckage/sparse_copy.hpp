// Copies of guest memory: mostly zeroes, so they are written as holes, and holes are not read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::wreckage {

// The work on one large file, a piece at a time, so that whoever waits for it can be told how far
// it is and can give up between two pieces.
class sparse_work {
 public:
  // Copies a file to a new one; or of a file that has no end (the memory of a process) so many
  // bytes from there on. Blame: host.
  struct part {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  // 0: the whole file
  };
  static result<std::shared_ptr<sparse_work>> copy(std::string const& from, std::string const& to,
                                                   part which = {0, 0});
  // Gives the zero blocks of a file back to the file system. Blame: host.
  static result<std::shared_ptr<sparse_work>> dig(std::string const& file);

  // What is read at once; a slow disk has it within a second.
  static constexpr std::uint64_t piece = std::uint64_t{32} << 20U;

  // Goes on until so many bytes have been read; holes cost nothing. Blocking. Blame: host (a full
  // disk says so).
  result<void> go_on(std::uint64_t most = piece);
  [[nodiscard]] bool done() const { return at_ >= size_; }
  [[nodiscard]] std::uint64_t bytes_done() const { return static_cast<std::uint64_t>(at_); }
  [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(size_); }

 private:
  sparse_work() = default;
  result<void> take_block();
  result<void> write(char const* bytes, std::size_t count);

  std::string name_;
  std::string to_;
  loop::descriptor source_;
  loop::descriptor target_;  // none: holes are dug in the source
  long long at_ = 0;
  long long size_ = 0;
  std::uint64_t offset_ = 0;  // in the source, of what is at 0 in the target
  bool part_only_ = false;
  std::unique_ptr<char[]> block_;
};

// All of it at once. Blocking.
result<void> copy_sparse(std::string const& from, std::string const& to);
result<void> dig_holes(std::string const& file);

}  // namespace wedgehog::wreckage
