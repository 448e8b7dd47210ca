// The disks of one machine, each a fault disk served on a socket of its own. They live longer than
// their QEMU: started before it, stopped when it has gone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nbd/conditions/rate.hpp"
#include "nbd/fault_disk.hpp"
#include "nbd/server.hpp"

namespace wedgehog::faults {

struct disk_place {
  std::string name;
  std::string file;  // raw, exists already, written in place; with a base: made here, holds changes
  std::string base{};      // an image that stays as it is, and that everybody may share
  std::uint64_t size = 0;  // 0: the file's or the base's
  nbd::place served_at{};
  std::uint64_t cache_bytes = 0;  // of a volatile write cache; 0: it has none
  // Its QEMU keeps requests that fail, and stops the machine.
  bool keeps_failed_reads = false;
  bool keeps_failed_others = false;
  bool waits_for_room = false;  // what the host has no room for is not answered with ENOSPC
};

// What a power cut did to one disk.
struct cut_disk {
  std::string name;
  nbd::power_cut_report report;
};

class disk_set {
 public:
  // What a disk says of itself: hits, held requests, trouble of the host. Called in the middle of
  // things, must not call the disk.
  using listener = std::function<void(std::string const& disk, nbd::disk_event const&)>;

  disk_set(loop::asio::any_io_executor executor, loop::clock& time, std::uint64_t seed,
           listener tell);
  // stop() must have been awaited when there was a disk.
  ~disk_set();

  // Listens when it returns, at what it returns: with the port that was chosen. Blame: host.
  result<nbd::place> serve(disk_place const& where);
  loop::awaitable<void> stop();

  // Null when there is none of that name.
  [[nodiscard]] nbd::fault_disk* find(std::string_view name);
  // Names of the disks on which a fault holds requests: until they are let go, QEMU cannot be
  // stopped, reset, dumped or told to quit.
  [[nodiscard]] std::vector<std::string> holding() const;
  // Names of the disks whose cable is pulled: no QEMU can be started.
  [[nodiscard]] std::vector<std::string> away() const;
  [[nodiscard]] bool requests_in_flight() const;
  // Names of the disks that hold requests, or delay them for more than plan::longest_drain, which
  // their QEMU would not keep if they failed.
  [[nodiscard]] std::vector<std::string> undrainable() const;
  // From now on no disk detains anybody: what is detained fails, and its QEMU keeps it (none must
  // be undrainable). How many requests that were. Callers count; for standstill.hpp.
  std::uint64_t stand_still();
  // One of them is done. True when it was the last: detained is what was, once it is asked again.
  bool go_on();
  // All of them are done, because the machine begins anew: nothing is asked again.
  void begin_anew();
  // Nothing waits on any disk afterwards, and nothing will: held requests fail without being done,
  // so that the files stay what they were; delayed ones are done at once.
  void let_go();
  // All disks lose their power at this moment and are back at once, without what `choice` takes
  // from them; each draws on its own from choice.seed. Kill the QEMU first.
  std::vector<cut_disk> cut_power(nbd::power_cut_choice const& choice);
  // Disk names and their books as JSON text.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> ledgers() const;

 private:
  struct one_disk {
    std::unique_ptr<nbd::fault_disk> disk;
    std::unique_ptr<nbd::server> server;
    bool keeps_failed_reads = false;
    bool keeps_failed_others = false;
  };

  loop::asio::any_io_executor executor_;
  loop::clock& time_;
  std::uint64_t seed_;
  nbd::shared_rates rates_;  // of the disks of this machine
  listener tell_;
  std::vector<one_disk> disks_;
  int standing_still_ = 0;
};

}  // namespace wedgehog::faults
