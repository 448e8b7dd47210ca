// A condition is one thing that is wrong with a disk. Conditions stand in a row before the disk's
// bytes, in the order in which they were injected; every request meets each of them once.
//
// How to add one: a file in conditions/ with the class and its `condition_kind` (name, what it
// does, what a healthy guest must survive, parameters, maker), one line in catalogue.cpp, one in
// CMakeLists.txt, a test, and a row in docs/faults.md.
//
// The fault disk has matched the request against the selector before it asks the condition, and it
// keeps all bookkeeping: a condition only decides. It must not remember flights, they come and go.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/chance.hpp"
#include "base/error.hpp"
#include "nbd/request.hpp"
#include "nbd/settings.hpp"
#include "nbd/store.hpp"

namespace wedgehog::nbd {

using time_point = std::chrono::steady_clock::time_point;

// Which requests a condition concerns; the same parameters for all kinds.
class selector {
 public:
  selector(settings const& read, chance luck);
  // Also counts: the nth, the first few. Ask once per request.
  [[nodiscard]] bool picks(request const& what);
  // All parameters that `picks` knows.
  static std::vector<parameter> const& parameters();

 private:
  unsigned operations_;
  std::uint64_t from_;
  std::uint64_t end_;
  double fraction_;
  std::uint64_t every_;
  std::uint64_t after_;
  std::uint64_t times_;
  std::uint64_t seen_ = 0;
  std::uint64_t picked_ = 0;
  chance luck_;
};

// What a condition decides about a request.
struct ruling {
  enum class kind {
    pass,        // go on to the next condition
    wait,        // the same, once `until` has come
    hold,        // the same, once somebody releases it (or `until`, when that is set)
    answer,      // answer now with `error` (0: success) and do nothing more
    disconnect,  // drop all clients, refuse new ones until `until` (or heal)
  };
  kind what = kind::pass;
  time_point until{};
  int error = 0;
  std::string detail = {};  // for the ledger, when the guest cannot see what was done
  bool counts = false;      // a hit although nothing was done to the request
};

// The part of a request that silent faults may change on its way to the medium: what is answered
// stays what was asked.
struct passage {
  request const& asked;
  std::uint64_t& offset;                      // where it is really performed
  std::uint32_t& length;                      // how much of it
  bool& durable;                              // FUA
  bool& looks_at_return;                      // set: returning() sees the data of the read
  std::span<std::byte const> payload = {};    // of a write
  std::vector<std::byte>* altered = nullptr;  // filled: this is written instead
  store* bytes = nullptr;                     // the disk below the conditions
};

class condition {
 public:
  virtual ~condition() = default;
  // Asked before the selector: what is none of its business is not counted. `opening`: one of a
  // connection's first reads of the disk's start.
  [[nodiscard]] virtual bool concerns(request const&, bool /*opening*/) const { return true; }
  virtual ruling consider(passage& one, time_point now) = 0;
  // A read that consider() asked to see; returns what was done to it, for the ledger.
  virtual std::string returning(request const&, std::span<std::byte>) { return {}; }
  // Every write, trim and zero that is about to be performed, selected or not; for kinds that say
  // so.
  virtual void performing(std::uint64_t /*offset*/, std::uint64_t /*length*/, store&) {}
  [[nodiscard]] virtual bool watches_writes() const { return false; }
  // Of one that makes requests wait: which of them the disk lets pass while it is frozen.
  enum class waiting { none, delays, holds };
  [[nodiscard]] virtual waiting makes_wait() const { return waiting::none; }
};

// What a maker gets; `shared` finds the same object under the same name on all disks that were
// opened with the same rates.
struct rate_bucket;
class shared_rates;
struct disk_context {
  std::uint64_t disk_size = 0;
  chance luck;
  shared_rates* rates = nullptr;
};

struct condition_kind {
  std::string_view name;
  std::string_view summary;
  std::string_view model;  // what a healthy guest must survive
  std::string_view example;
  std::vector<parameter> parameters;    // its own; `name`, `kind` and the selector's come on top
  std::string_view default_operations;  // of the selector
  // The write cache has no maker: it stands below the conditions.
  result<std::unique_ptr<condition>> (*make)(settings const&, disk_context const&);
};

// All kinds there are; the order is that of the documents.
std::vector<condition_kind> const& catalogue();
condition_kind const* find_kind(std::string_view name);
// Its own and the selector's, without `name` and `kind`.
std::vector<parameter> all_parameters(condition_kind const& kind);

// A spec that was checked: {"kind": "latency", "name": "slow", "delay": "10ms", …}.
struct condition_spec {
  std::string name;
  condition_kind const* kind = nullptr;
  settings values;
  json::object text;  // as given
};
// Blame: recipe; needs no disk.
result<condition_spec> read_spec(json::object const& given);

}  // namespace wedgehog::nbd
