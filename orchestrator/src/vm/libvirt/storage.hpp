// Files of ours on a daemon that cannot open them here: volumes of a storage pool, carried there by
// streams. What many runs use is kept under the name of its content; what one machine uses goes
// away with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vm/libvirt/connection.hpp"

namespace wedgehog::vm::libvirt {

// The pool: one of this name that is there is used, whatever it is; else a folder of the daemon's
// becomes one, for as long as the daemon lives.
inline constexpr char const* pool_name = "wedgehog";

struct storage_terms {
  std::optional<unsigned> qemu_user{};  // that must be able to write to a machine's own volumes
  bool session = false;
};

class storage {
 public:
  storage(std::shared_ptr<connection> by, storage_terms terms)
      : by_(std::move(by)), terms_(terms) {}

  // The daemon's path of a copy of the file that many may use, made when there is none of this
  // content yet. Blame: host.
  loop::awaitable<result<std::string>> keep(std::string file, std::string sha256);
  // The same for one machine; `name` is unique on the daemon.
  loop::awaitable<result<std::string>> carry(std::string file, std::string name);
  // An empty qcow2 above a volume, by its path.
  loop::awaitable<result<std::string>> overlay(std::string base, std::string name);
  // A path in the pool that nobody uses, for a dump.
  loop::awaitable<result<std::string>> place_for(std::string name);
  // Into an open file of ours.
  loop::awaitable<result<void>> fetch(std::string name, int into, loop::duration limit);
  // Of the pool. Blame: host.
  loop::awaitable<result<std::uint64_t>> free_bytes();
  // Nobody waits for it, and what is not there is no trouble.
  void remove(std::vector<std::string> names);

 private:
  std::shared_ptr<connection> by_;
  storage_terms terms_;
};

// Takes away what nobody needs: volumes that are kept and that nobody has read for weeks, and those
// of machines that are gone. Returns what was removed, by name.
loop::awaitable<result<std::vector<std::string>>> sweep_storage(connection& by);

}  // namespace wedgehog::vm::libvirt
