// A histogram of durations from 1 us to hours in steps of at most a quarter: cheap to count in,
// exact enough for percentiles.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/units.hpp"

namespace wedgehog::nbd {

class histogram {
 public:
  void count(microseconds value) {
    auto const us = value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count());
    ++buckets_[index_of(us)];
    ++total_;
    if (value > most_) most_ = value;
  }

  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] microseconds most() const { return most_; }
  // The upper end of the bucket in which that share of all values lies; 0 when there are none.
  [[nodiscard]] microseconds percentile(double share) const {
    auto const wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < size; ++i)
      if ((seen += buckets_[i]) > wanted) return std::min(most_, upper_end(i));
    return most_;
  }
  // For each bucket that is not empty: its upper end and its count.
  template <class Visitor>
  void each(Visitor visit) const {
    for (std::size_t i = 0; i < size; ++i)
      if (buckets_[i] != 0) visit(upper_end(i), buckets_[i]);
  }

 private:
  // 0..7 us exactly, then four buckets per power of two.
  static constexpr std::size_t size = 8 + 4 * 40;
  static std::size_t index_of(std::uint64_t us) {
    if (us < 8) return us;
    auto const exponent = static_cast<unsigned>(std::bit_width(us)) - 1;  // 3 and more
    auto const index = 8 + (exponent - 3) * 4 + (us >> (exponent - 2) & 3U);
    return index < size ? index : size - 1;
  }
  static microseconds upper_end(std::size_t index) {
    if (index < 8) return microseconds(index);
    auto const exponent = (index - 8) / 4 + 3;
    auto const part = (index - 8) % 4;
    auto const width = std::uint64_t{1} << (exponent - 2);
    return microseconds((std::uint64_t{1} << exponent) + (part + 1) * width - 1);
  }

  std::array<std::uint64_t, size> buckets_{};
  std::uint64_t total_ = 0;
  microseconds most_{};
};

}  // namespace wedgehog::nbd
