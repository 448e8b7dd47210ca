// Where a disk's bytes are: read, write, zero, flush. The backing files are one; the volatile write
// cache is another that stands before them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nbd/protocol.hpp"

namespace wedgehog::nbd {

class store {
 public:
  virtual ~store() = default;

  // All return 0 or an errno, and expect a range within the disk.
  virtual int read(std::uint64_t offset, std::span<std::byte> into) = 0;
  virtual int write(std::uint64_t offset, std::span<std::byte const> from, bool durable) = 0;
  // The range reads as zeros afterwards. `allocate`: leave no hole behind.
  virtual int zero(std::uint64_t offset, std::uint64_t length, bool allocate, bool durable) = 0;
  virtual int flush() = 0;
  // What is allocated from `offset` on; at most `most` extents, covering at most `length` bytes.
  virtual std::vector<extent> status(std::uint64_t offset, std::uint64_t length,
                                     std::size_t most) = 0;
};

}  // namespace wedgehog::nbd
