// Wreckage being taken: a folder of files, gathered item by item. Every item has a deadline, one
// that fails never stops the others, and the list of items says what is missing and why.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/described.hpp"
#include "base/error.hpp"
#include "loop/clock.hpp"

namespace wedgehog::wreckage {

struct kept_file {
  std::string path;  // below the bundle's folder; the run's manifest has its size and checksum
  bool operator==(kept_file const&) const = default;
};
BOOST_DESCRIBE_STRUCT(kept_file, (), (path))

struct kept_item {
  std::string name;
  double took_s = 0;
  std::string missing;  // why it is missing or incomplete; empty: it is whole
  std::vector<kept_file> files;
  bool operator==(kept_item const&) const = default;
};
BOOST_DESCRIBE_STRUCT(kept_item, (), (name, took_s, missing, files))

class bundle {
 public:
  using work = std::function<loop::awaitable<result<void>>(bundle&)>;

  // The folder is made when it is not there. Blame: host.
  static result<bundle> open(std::string folder);

  // Runs `what` for at most `limit`. It writes through file() and returns whether what it wrote is
  // whole.
  loop::awaitable<void> take(loop::clock& time, std::string name, loop::duration limit, work what);
  // For what cannot be had at all.
  void give_up(std::string name, std::string why);

  // Writes a file of the item that is being taken. Blame: host (a full disk says so).
  result<void> file(std::string const& path, std::string_view content);
  // Where a file of this item goes that somebody else writes; adopt() it when it is there.
  [[nodiscard]] std::string place(std::string const& path) const { return folder_ + "/" + path; }
  void adopt(std::string const& path);

  [[nodiscard]] std::string const& folder() const { return folder_; }
  [[nodiscard]] std::vector<kept_item> const& items() const { return items_; }

 private:
  explicit bundle(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
  std::vector<kept_item> items_;
};

}  // namespace wedgehog::wreckage
