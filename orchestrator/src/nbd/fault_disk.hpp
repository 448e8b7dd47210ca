// A disk on which everything can go wrong on command, and which knows exactly what is in flight:
// request -> condition -> condition -> write cache -> files. It has no sockets and reads no clock
// of its own: whoever serves it (server.hpp) hands in requests and the time.
//
// Not thread-safe: one thread owns a disk.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nbd/backing.hpp"
#include "nbd/condition.hpp"
#include "nbd/ledger.hpp"
#include "nbd/write_cache.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::nbd {

// Who asked. A reply may come in the middle of submit() or much later.
class client {
 public:
  virtual ~client() = default;
  // A read is about to succeed: where its bytes go. finish_read() follows at once.
  virtual std::span<std::byte> begin_read(request const& what) = 0;
  // `error` != 0 takes back what begin_read() began.
  virtual void finish_read(request const& what, int error) = 0;
  // Of a read only when it failed before begin_read().
  virtual void answer(request const& what, int error) = 0;
  virtual void answer_status(request const& what, std::span<extent const> extents) = 0;

  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  // Payload of waiting writes that the disk keeps for this client.
  [[nodiscard]] std::uint64_t kept_bytes() const { return kept_; }

 private:
  friend class fault_disk;
  std::uint64_t in_flight_ = 0;
  std::uint64_t kept_ = 0;
  std::uint64_t epoch_ = 0;
  bool opening_ = true;
};

struct disk_options {
  std::string name = "disk";
  std::string base;        // raw image; empty: a blank disk of `size`
  std::uint64_t size = 0;  // 0: the image's
  std::string overlay;     // where writes go; empty: into the image, or to memory without one
  bool read_only = false;
  // When the host has no room for a write: it waits until there is some, instead of being answered
  // with ENOSPC. Both are told (`host disk full`).
  bool waits_for_room = false;
  std::uint64_t seed = 0;
};

struct disk_event {
  // injected, changed, healed, hit, held, held again, released, silent, frozen, thawed, power cut,
  // dropped clients, host disk full, host disk error
  std::string_view what;
  std::string name;  // the condition's; empty for the disk itself
  std::string kind;
  std::string detail;
  std::uint64_t hits = 0;
};

// Which held requests to let go; as it stands: all.
struct release_choice {
  std::string name;                    // of the condition; empty: of any
  std::vector<std::uint64_t> serials;  // exactly these
  std::optional<std::uint64_t> count;  // so many of the oldest
  bool newest_first = false;           // … or of the newest
};

// What becomes of requests that wait while something is about to drain the disk.
struct freeze_choice {
  // Held ones fail. What must not fail stays held when it is, and passes when it would be.
  bool fails_reads = true;
  bool fails_others = true;
  // Delayed ones that have no longer to go than this take their time, the rest are treated as if
  // they were held. Not set: all delays end at once.
  std::optional<microseconds> patience{};
};

struct freeze_report {
  std::uint64_t failed = 0;       // requests that got EIO and are awaited again
  std::uint64_t let_through = 0;  // delayed requests that were performed at once
};

// Whether something waits here that a client who drains would have to wait for.
struct detention {
  bool reads = false;
  bool others = false;
};

struct power_cut_report {
  std::vector<write_fate> unflushed;  // in order of their answers
  std::uint64_t survived = 0;         // of them, whole
  std::uint64_t torn = 0;             // … and in part
  std::uint64_t in_flight_lost = 0;   // requests that were never answered, and not performed
};

class fault_disk {
 public:
  using time_source = std::function<time_point()>;

  // Blame: as backing::open. `rates` must outlive the disk.
  static result<std::unique_ptr<fault_disk>> open(disk_options options, time_source now,
                                                  shared_rates* rates = nullptr);
  ~fault_disk();

  [[nodiscard]] std::string const& name() const { return options_.name; }
  [[nodiscard]] std::uint64_t size() const { return files_->size(); }
  [[nodiscard]] bool read_only() const { return options_.read_only; }

  // Breaking and healing. All take effect at once, also on what is in flight.

  // A condition of a name that is already there is changed in place: what waits for it is asked
  // anew, what it holds stays held. Blame: recipe.
  result<void> inject(json::object const& spec);
  result<void> inject(std::string_view spec_text);  // "slow=latency:delay=10ms"
  // What waits for it goes on. Blame: recipe, when there is none of that name.
  result<void> heal(std::string_view name);
  void heal_all();
  // How many were released. Blame: recipe for a name or a serial that is not held.
  result<std::uint64_t> release(release_choice const& which);
  // Before anything that drains the disk (stop, reset, quit, migrate, dump): everything held is
  // answered with EIO, and so is what would be held, flushes excepted (whoever drains flushes,
  // too); nothing is delayed any more. With rerror=stop,werror=stop QEMU keeps the requests, and
  // asks again after `cont`: what comes again after thaw() waits where it did, as if nothing had
  // been.
  freeze_report freeze(freeze_choice const& choice = {});
  void thaw();
  // The client has forgotten what it kept (a reset): what comes now is new.
  void expect_nothing_again();
  // `patience`: what is due within it detains nobody.
  [[nodiscard]] detention detained(microseconds patience) const;
  // The disk loses its power and comes back at once: all connections drop, nothing in flight is
  // performed, and of the writes that a write-cache had not flushed those survive that `choice`
  // says. Kill or stop the guest first, or it sees a disk that forgets.
  power_cut_report cut_power(power_cut_choice const& choice);
  // So large it is then; who is connected learns it when he connects again. Blame: recipe, host.
  result<void> grow(std::uint64_t size);
  // A copy of the files, with the unflushed writes (what the guest sees) or without (what a power
  // cut may leave). To be opened as the overlay of the same image; as an image when the disk is
  // written in place or has no image. Blocks while it copies.
  result<void> snapshot(std::string const& path, bool durable_only = false) const;

  // Watching.

  [[nodiscard]] json::object ledger_json() const;
  // What happened since the last sample, and what is in flight now.
  timeline::disk sample();
  // Of all clients; asking changes nothing.
  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::uint64_t held() const { return held_; }
  [[nodiscard]] ledger const& books() const { return ledger_; }
  [[nodiscard]] std::uint64_t hits(std::string_view name) const;
  // By what the requests were: "5 write, 3 zero"; empty without a hit.
  [[nodiscard]] std::string hits_in_words(std::string_view name) const;
  // Called in the middle of things: it must not call the disk.
  void on_event(std::function<void(disk_event const&)> listener) {
    listener_ = std::move(listener);
  }

  // Serving.

  void attach(client& one);
  // Forgets everything that this client still has in flight.
  void detach(client& one);
  // `payload` (of a write) must last until the call returns.
  void submit(client& one, request const& what, std::span<std::byte const> payload, time_point now);
  void refused() { ledger_.refused(); }
  // Lets everything go on whose time has come.
  void advance(time_point now);
  [[nodiscard]] std::optional<time_point> next_deadline();
  // False while the disk is gone: no client may be connected.
  [[nodiscard]] bool present() const { return !away_; }
  // Grows whenever all connections must be dropped.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  // Called after inject, heal, release, freeze and everything else that may have produced answers
  // outside submit() and advance(), moved the next deadline, or made the disk go away or come back.
  // It must not call the disk: post what is to be done.
  void on_change(std::function<void()> listener) { changed_ = std::move(listener); }
  [[nodiscard]] backing const& files() const { return *files_; }

 private:
  struct flight;
  struct placed;
  struct deadline;
  struct kept_request;

  fault_disk(disk_options options, time_source now, shared_rates* rates,
             std::unique_ptr<backing> files);

  flight& take_off(client& one, request const& what, time_point now);
  void land(flight& one);
  void travel(flight& one, time_point now);
  bool obey(flight& one, placed& by, ruling const& decided, time_point now);
  void wait(flight& one, std::uint64_t by, time_point until, bool held, time_point now);
  void resume(flight& one, time_point now);
  [[nodiscard]] bool fails_while_frozen(operation what) const;
  [[nodiscard]] bool passes_while_frozen(request const& what, condition const& by) const;
  void fail_for_now(flight& one, placed const& by);
  bool waits_again(flight& one, time_point now);
  void perform(flight& one);
  int perform_write(flight& one);
  [[nodiscard]] std::string name_of_waiting(std::uint64_t waits_for) const;
  void answer(flight& one, int error, std::uint64_t by = 0);
  void book(flight& one, int error, std::uint64_t by);
  void tell_host_trouble(int error);
  void note_silent(flight const& one, placed const& by, std::string detail, time_point at);
  void note_hit(placed const& by, std::string_view what, flight const& one);
  void tell(disk_event const& event) const {
    if (listener_) listener_(event);
  }
  void changed() const {
    if (changed_) changed_();
  }
  void go_away(time_point until);
  void come_back();
  void place_cache(std::uint64_t capacity);
  void remove_cache();
  [[nodiscard]] placed* find(std::string_view name);
  [[nodiscard]] placed* find(std::uint64_t number) const;
  // Those in flight for which `wanted` is true, oldest first.
  template <class Wanted>
  std::vector<flight*> pick(Wanted wanted);

  disk_options options_;
  time_source now_;
  shared_rates* rates_;
  chance luck_;
  std::unique_ptr<backing> files_;
  std::unique_ptr<write_cache> cache_;
  store* bytes_;  // the cache, or the files
  ledger ledger_;
  std::vector<std::unique_ptr<placed>> conditions_;
  std::uint64_t last_number_ = 0;

  std::deque<flight> pool_;
  flight* free_ = nullptr;
  flight* oldest_ = nullptr;
  flight* newest_ = nullptr;
  std::uint64_t in_flight_ = 0;
  std::uint64_t held_ = 0;
  std::uint64_t last_serial_ = 0;
  std::vector<deadline> deadlines_;  // a heap, the earliest in front
  std::uint64_t clients_ = 0;
  bool away_ = false;
  std::optional<freeze_choice> frozen_;
  std::vector<kept_request> kept_;  // failed by a freeze, and not asked again yet
  std::uint64_t epoch_ = 0;
  time_point back_at_{};
  std::uint64_t host_trouble_ = 0;

  std::function<void(disk_event const&)> listener_;
  std::function<void()> changed_;
  timeline::disk last_sample_;  // cumulative
};

}  // namespace wedgehog::nbd
