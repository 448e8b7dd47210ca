// What a guest writes to its console, as a file of the run that a flooding guest cannot fill the
// host's disk with: of more than that, the first and the last bytes are kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::vm {

// Of the file at most the first and the last so many bytes.
inline constexpr std::uint64_t console_kept = 64U << 20U;

// Gives back the room between them; `size` is the file's. Bytes whose room was given back until
// now, `before` being what it returned last.
std::uint64_t keep_ends(int file, std::uint64_t size, std::uint64_t before);

class kept_console {
 public:
  // Appends to what an earlier life of the machine left. Blame: host.
  static result<kept_console> open(std::string const& path);

  // A host without room keeps nothing more; the guest goes on.
  void append(std::string_view bytes);
  // In this life.
  [[nodiscard]] std::uint64_t written() const { return size_ - begin_; }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  loop::descriptor file_;
  std::uint64_t begin_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace wedgehog::vm
