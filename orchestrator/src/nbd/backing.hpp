// The files behind a disk: a raw image written in place, or an image that stays as it is and a
// sparse copy-on-write overlay before it, or an overlay alone. A pristine disk costs nothing.
//
// Nothing here calls fsync: what a guest may rely on after a power cut is decided by the write
// cache of the fault disk, and a host that loses power loses the whole run anyway.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "nbd/store.hpp"

namespace wedgehog::nbd {

struct backing_options {
  std::string base;        // raw image; empty: a blank disk of `size`
  std::uint64_t size = 0;  // 0: the image's; may also be larger than it
  std::string overlay;     // created when it does not exist; empty: see below
  bool read_only = false;
  // Without an overlay, an image is written in place, and a blank disk lives in memory.
};

class backing final : public store {
 public:
  // Blame: host for what cannot be opened, recipe for what makes no sense.
  static result<std::unique_ptr<backing>> open(backing_options const& options);
  ~backing() override;

  int read(std::uint64_t offset, std::span<std::byte> into) override;
  int write(std::uint64_t offset, std::span<std::byte const> from, bool durable) override;
  int zero(std::uint64_t offset, std::uint64_t length, bool allocate, bool durable) override;
  int flush() override { return 0; }
  std::vector<extent> status(std::uint64_t offset, std::uint64_t length, std::size_t most) override;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // What is written to, for people: "/a/data.raw (on the file system at /a)".
  [[nodiscard]] std::string where() const;
  // Zeros at its end. Blame: recipe for less than it has.
  result<void> grow(std::uint64_t size);
  // Bytes that the host really stores for this disk's own file (st_blocks); 0 when unknown.
  [[nodiscard]] std::uint64_t allocated() const;

  // Copies the overlay (or the image that is written in place) to a new file, which can be opened
  // as this disk's overlay with the same base. By reference where the file system can, sparse
  // everywhere. Blocks: offload it for large disks that are not being written.
  result<void> copy_to(std::string const& path) const;

 private:
  backing() = default;
  result<void> open_base(backing_options const& options);
  result<void> make_map();
  int write_trailer();
  result<void> grow_overlay(std::uint64_t size);
  int move_map(std::uint8_t const* from, std::uint64_t size);
  void zero_file(std::uint64_t at, std::uint64_t length);
  result<void> open_overlay(std::string const& path);
  result<void> adopt_overlay(std::string const& path);
  // The end of the run of sectors from `offset` that are all in the overlay, or all not.
  std::uint64_t run_end(std::uint64_t offset, std::uint64_t end, bool& ours) const;
  int read_base(std::uint64_t offset, std::span<std::byte> into) const;
  // Makes the sectors that the range touches only in part whole, so that they can become ours.
  int adopt_edges(std::uint64_t offset, std::uint64_t length);
  int adopt_edge(std::uint64_t sector);
  int mark(std::uint64_t offset, std::uint64_t length);
  [[nodiscard]] bool is_ours(std::uint64_t sector) const {
    return (map_[sector / 8] >> (sector % 8) & 1U) != 0;
  }

  std::uint64_t size_ = 0;
  std::uint64_t base_size_ = 0;
  int base_ = -1;                // read only
  int ours_ = -1;                // what is written: the overlay, or the image in place
  std::uint8_t* map_ = nullptr;  // a bit per sector that is in the overlay; null: everything is
  std::uint64_t map_size_ = 0;
  std::uint64_t map_at_ = 0;  // where the map lies in the overlay's file, behind the data
  std::string path_;          // of what is written; empty: memory
};

}  // namespace wedgehog::nbd
