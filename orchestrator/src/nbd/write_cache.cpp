#include "nbd/write_cache.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace wedgehog::nbd {
namespace {

constexpr std::uint64_t region_size = 1U << 20U;
// Zeros cost no memory, but a cache full of them must end somewhere too.
constexpr std::uint64_t entry_cost = 128;

// Where a write that begins at `offset` may be cut: sector boundaries strictly inside it.
std::uint64_t boundaries(std::uint64_t offset, std::uint64_t length) {
  std::uint64_t const first = offset / sector_size;
  std::uint64_t const last = (offset + length - 1) / sector_size;
  return last - first;
}

std::uint64_t torn_length(std::uint64_t offset, std::uint64_t length, chance& luck) {
  auto const inside = boundaries(offset, length);
  if (inside == 0) return 0;
  auto const boundary = (offset / sector_size + 1 + luck.below(inside)) * sector_size;
  return boundary - offset;
}

}  // namespace

std::vector<std::uint64_t> write_cache::touching(std::uint64_t offset, std::uint64_t length) const {
  std::vector<std::uint64_t> found;
  if (entries_.empty() || length == 0) return found;
  auto const touches = [&](entry const& one) {
    return one.offset < offset + length && offset < one.offset + one.length;
  };
  auto const regions = (offset + length - 1) / region_size - offset / region_size + 1;
  if (regions > entries_.size()) {
    for (auto const& [number, one] : entries_)
      if (touches(one)) found.push_back(number);
    return found;
  }
  for (auto region = offset / region_size; region <= (offset + length - 1) / region_size;
       ++region) {
    auto const known = by_region_.find(region);
    if (known == by_region_.end()) continue;
    for (auto const number : known->second)
      if (touches(entries_.at(number))) found.push_back(number);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

int write_cache::read(std::uint64_t offset, std::span<std::byte> into) {
  if (int const failed = below_.read(offset, into)) return failed;
  for (auto const number : touching(offset, into.size())) {
    auto const& one = entries_.at(number);
    auto const begin = std::max(offset, one.offset);
    auto const end = std::min(offset + into.size(), one.offset + one.length);
    auto* const to = into.data() + (begin - offset);
    if (one.data.empty())
      std::memset(to, 0, end - begin);
    else
      std::memcpy(to, one.data.data() + (begin - one.offset), end - begin);
  }
  return 0;
}

int write_cache::write(std::uint64_t offset, std::span<std::byte const> from, bool durable) {
  if (from.empty()) return 0;
  if (durable) {
    if (int const failed = below_.write(offset, from, true)) return failed;
    if (touching(offset, from.size()).empty()) return 0;
  }
  return add({.offset = offset,
              .length = from.size(),
              .data = {from.begin(), from.end()},
              .durable = durable});
}

int write_cache::zero(std::uint64_t offset, std::uint64_t length, bool allocate, bool durable) {
  if (length == 0) return 0;
  if (durable) {
    if (int const failed = below_.zero(offset, length, allocate, true)) return failed;
    if (touching(offset, length).empty()) return 0;
  }
  return add({.offset = offset, .length = length, .allocate = allocate, .durable = durable});
}

int write_cache::add(entry one) {
  auto const number = ++last_number_;
  for (auto region = one.offset / region_size;
       region <= (one.offset + one.length - 1) / region_size; ++region)
    by_region_[region].push_back(number);
  if (!one.durable) {
    bytes_ += one.data.size() + entry_cost;
    ++volatile_;
  }
  entries_.emplace(number, std::move(one));
  int const failed = make_place();
  // Whoever was told that it failed may try again.
  if (auto const again = entries_.find(number); failed != 0 && again != entries_.end())
    forget(again);
  return failed;
}

int write_cache::make_place() {
  while (bytes_ > capacity_) {
    auto const oldest = entries_.begin();
    if (!oldest->second.durable) {
      // Whatever is newer and durable there already lies below, and must not be undone.
      if (int const failed = apply(oldest->second, oldest->second.length, below_)) return failed;
      for (auto const number : touching(oldest->second.offset, oldest->second.length))
        if (auto const& other = entries_.at(number); other.durable && number != oldest->first)
          if (int const failed = apply(other, other.length, below_)) return failed;
    }
    forget(oldest);
  }
  return 0;
}

void write_cache::forget(std::map<std::uint64_t, entry>::iterator one) {
  auto const& gone = one->second;
  for (auto region = gone.offset / region_size;
       region <= (gone.offset + gone.length - 1) / region_size; ++region) {
    auto const known = by_region_.find(region);
    std::erase(known->second, one->first);
    if (known->second.empty()) by_region_.erase(known);
  }
  if (!gone.durable) {
    bytes_ -= gone.data.size() + entry_cost;
    --volatile_;
  }
  entries_.erase(one);
}

int write_cache::apply(entry const& one, std::uint64_t bytes, store& to) {
  if (bytes == 0) return 0;
  if (one.data.empty()) return to.zero(one.offset, bytes, one.allocate, true);
  return to.write(one.offset, std::span(one.data).first(bytes), true);
}

int write_cache::apply_to(store& other) const {
  for (auto const& [number, one] : entries_)
    if (int const failed = apply(one, one.length, other)) return failed;
  return 0;
}

int write_cache::flush() {
  if (int const failed = apply_to(below_)) return failed;
  entries_.clear();
  by_region_.clear();
  bytes_ = volatile_ = 0;
  return below_.flush();
}

std::vector<extent> write_cache::status(std::uint64_t offset, std::uint64_t length,
                                        std::size_t most) {
  // Never says that something reads as zeros which does not: with unflushed writes in the range it
  // is all data.
  if (touching(offset, length).empty()) return below_.status(offset, length, most);
  return {{.length = static_cast<std::uint32_t>(length)}};
}

std::vector<write_fate> write_cache::cut_power(power_cut_choice const& choice, int& error) {
  chance luck = chance(choice.seed).stream("power-cut");
  auto const kept_first = choice.survive == survival::prefix ? luck.below(volatile_ + 1) : 0;
  std::vector<write_fate> fates;
  std::uint64_t index = 0;
  error = 0;
  for (auto const& [number, one] : entries_) {
    std::uint64_t kept = 0;
    if (one.durable) {
      kept = one.length;
    } else {
      switch (choice.survive) {
        case survival::none:
          break;
        case survival::all:
          kept = one.length;
          break;
        case survival::prefix:
          if (index < kept_first)
            kept = one.length;
          else if (index == kept_first && choice.torn)
            kept = torn_length(one.offset, one.length, luck);
          break;
        case survival::subset:
          kept = luck.below(2) == 0 ? one.length : 0;
          if (choice.torn && luck.below(4) == 0) kept = torn_length(one.offset, one.length, luck);
          break;
      }
      fates.push_back(
          {.offset = one.offset, .length = one.length, .survived = kept, .zero = one.data.empty()});
      ++index;
    }
    if (int const failed = apply(one, kept, below_); failed != 0 && error == 0) error = failed;
  }
  entries_.clear();
  by_region_.clear();
  bytes_ = volatile_ = 0;
  return fates;
}

}  // namespace wedgehog::nbd
