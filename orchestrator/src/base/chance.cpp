#include "base/chance.hpp"

#include <bit>

#include "base/ensure.hpp"

namespace wedgehog {
namespace {

// Vigna, "splitmix64.c" (public domain description of the constants).
std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

chance::chance(std::uint64_t seed) : seed_(seed) {
  for (auto& word : state_) word = split_mix(seed);
}

chance chance::stream(std::string_view name) const {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (unsigned char c : name) hash = (hash ^ c) * 0x100000001b3U;
  std::uint64_t mixed = seed_ ^ std::rotl(hash, 17);
  return chance(split_mix(mixed));
}

// Blackman and Vigna, xoshiro256** 1.0.
chance::result_type chance::operator()() {
  std::uint64_t const drawn = std::rotl(state_[1] * 5, 7) * 9;
  std::uint64_t const t = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return drawn;
}

double chance::fraction() {
  return static_cast<double>((*this)() >> 11U) * 0x1.0p-53;
}

std::uint64_t chance::below(std::uint64_t bound) {
  ensure(bound > 0, "chance::below needs a bound above zero");
  std::uint64_t const threshold = (0 - bound) % bound;
  for (;;) {
    std::uint64_t const drawn = (*this)();
    if (drawn >= threshold) return drawn % bound;
  }
}

}  // namespace wedgehog
