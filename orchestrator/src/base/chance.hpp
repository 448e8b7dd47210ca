// Seeded chance. Everything random comes from the plan's seed through a named sub-stream, so that
// adding a draw in one place does not change what any other place draws.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace wedgehog {

// A UniformRandomBitGenerator (xoshiro256**, seeded by splitmix64). The same seed and name give the
// same draws on every host.
class chance {
 public:
  using result_type = std::uint64_t;

  explicit chance(std::uint64_t seed);

  // An independent stream for `name` ("disk:data/latency"), a pure function of this stream's seed.
  [[nodiscard]] chance stream(std::string_view name) const;

  result_type operator()();
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  // [0, 1)
  double fraction();
  // [0, bound); bound > 0
  std::uint64_t below(std::uint64_t bound);

  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
  std::uint64_t state_[4];
};

}  // namespace wedgehog
