// Where a performer that streams its run keeps the folder meanwhile: a directory of its own below
// $TMPDIR of the node, locked by its owner and gone with it. What a killed one left there is
// removed by the next.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.hpp"
#include "farm/stream/frames.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::farm::stream {

class node_place {
 public:
  // Blame: host.
  static result<node_place> make(std::filesystem::path const& below);
  node_place(node_place&&) noexcept = default;
  node_place& operator=(node_place&&) = delete;
  ~node_place();

  [[nodiscard]] std::filesystem::path const& path() const { return path_; }

 private:
  node_place(std::filesystem::path path, loop::descriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  loop::descriptor lock_;
};

// Waits for the order on the stream, and makes the run's folder in `place` with it: nothing but an
// order is taken. `from` is read until the supervisor has said all of it. Blame: host.
result<std::filesystem::path> receive_order(int from, node_place const& place,
                                            message_reader& reader);
// What may come to a node: one order.
[[nodiscard]] stream_limits limits_of_order();

}  // namespace wedgehog::farm::stream
