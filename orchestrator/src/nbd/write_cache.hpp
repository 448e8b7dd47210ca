// A volatile write cache: what was written but not flushed lives in memory only, and a power cut
// decides what of it had reached the medium. Every state that a cut can leave is one that a real
// disk of 512-byte atomic sectors may leave.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/chance.hpp"
#include "base/enum_words.hpp"
#include "nbd/store.hpp"

namespace wedgehog::nbd {

// Which of the unflushed writes survive. `prefix`: the first so many, in order of their answers;
// `subset`: any. The number, and which, are drawn from the seed.
enum class survival { none, all, prefix, subset };
BOOST_DESCRIBE_ENUM(survival, none, all, prefix, subset)
using wedgehog::name_of;
using wedgehog::parse_name;

struct power_cut_choice {
  survival survive = survival::subset;
  bool torn = false;  // prefix: the first that is lost keeps some sectors; subset: any may
  std::uint64_t seed = 0;
};

// What became of one unflushed write.
struct write_fate {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t survived = 0;  // bytes from its beginning
  bool zero = false;           // a trim or a write of zeros
};

class write_cache final : public store {
 public:
  // When more than `capacity` bytes are unflushed, the oldest writes are written down, as a disk
  // does that runs out of cache.
  write_cache(store& below, std::uint64_t capacity) : below_(below), capacity_(capacity) {}

  int read(std::uint64_t offset, std::span<std::byte> into) override;
  int write(std::uint64_t offset, std::span<std::byte const> from, bool durable) override;
  int zero(std::uint64_t offset, std::uint64_t length, bool allocate, bool durable) override;
  int flush() override;
  std::vector<extent> status(std::uint64_t offset, std::uint64_t length, std::size_t most) override;

  // Decides, writes the survivors down, forgets the rest.
  std::vector<write_fate> cut_power(power_cut_choice const& choice, int& error);
  // Writes everything unflushed to another store, in order: what the guest sees now.
  int apply_to(store& other) const;

  void set_capacity(std::uint64_t capacity) { capacity_ = capacity; }
  [[nodiscard]] std::uint64_t unflushed_writes() const { return volatile_; }
  [[nodiscard]] std::uint64_t unflushed_bytes() const { return bytes_; }

 private:
  struct entry {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::vector<std::byte> data;  // empty: zeros
    bool allocate = false;
    bool durable = false;  // already below; kept because it must win over older ones
  };
  static int apply(entry const& one, std::uint64_t bytes, store& to);
  int add(entry one);
  int make_place();
  void forget(std::map<std::uint64_t, entry>::iterator one);
  // Numbers of the entries that touch the range, oldest first.
  std::vector<std::uint64_t> touching(std::uint64_t offset, std::uint64_t length) const;

  store& below_;
  std::uint64_t capacity_;
  std::map<std::uint64_t, entry> entries_;  // by number: in order of arrival
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> by_region_;
  std::uint64_t last_number_ = 0;
  std::uint64_t bytes_ = 0;     // of entries that are not durable
  std::uint64_t volatile_ = 0;  // their number
};

}  // namespace wedgehog::nbd
