// A client without a wire: keeps what the disk answered, in order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nbd/conditions/rate.hpp"
#include "nbd/fault_disk.hpp"

namespace wedgehog::testing {

struct reply {
  nbd::request what;
  int error = 0;
  std::string data;
  std::vector<nbd::extent> extents;
};

class recording_client final : public nbd::client {
 public:
  std::span<std::byte> begin_read(nbd::request const& what) override {
    data_.assign(what.length, '\0');
    return std::as_writable_bytes(std::span(data_));
  }
  void finish_read(nbd::request const& what, int error) override {
    replies.push_back({.what = what, .error = error, .data = error == 0 ? data_ : ""});
  }
  void answer(nbd::request const& what, int error) override {
    replies.push_back({.what = what, .error = error});
  }
  void answer_status(nbd::request const& what, std::span<nbd::extent const> extents) override {
    replies.push_back({.what = what, .extents = {extents.begin(), extents.end()}});
  }

  std::vector<reply> replies;

 private:
  std::string data_;
};

// A disk, one client, and a clock that moves by hand.
struct bench_disk {
  explicit bench_disk(nbd::disk_options options = {.name = "data", .size = 1U << 20U}) {
    auto opened = nbd::fault_disk::open(
        std::move(options), [this] { return now; }, &rates);
    if (!opened) throw std::runtime_error(opened.error().message());
    disk = std::move(*opened);
    disk->attach(peer);
    disk->on_event([this](nbd::disk_event const& event) { events.push_back(event); });
  }
  ~bench_disk() { disk->detach(peer); }

  void inject(std::string const& text) {
    auto const done = disk->inject(std::string_view(text));
    if (!done) throw std::runtime_error(done.error().message());
  }
  std::uint64_t write(std::uint64_t offset, std::string const& data, bool durable = false) {
    disk->submit(peer,
                 {.what = nbd::operation::write,
                  .durable = durable,
                  .length = static_cast<std::uint32_t>(data.size()),
                  .offset = offset,
                  .cookie = ++cookie},
                 std::as_bytes(std::span(data)), now);
    return cookie;
  }
  std::uint64_t ask(nbd::operation what, std::uint64_t offset = 0, std::uint32_t length = 0) {
    disk->submit(peer, {.what = what, .length = length, .offset = offset, .cookie = ++cookie}, {},
                 now);
    return cookie;
  }
  std::uint64_t flush() { return ask(nbd::operation::flush); }
  // Reads now; empty when it was not answered at once.
  std::string read(std::uint64_t offset, std::uint32_t length) {
    auto const asked = ask(nbd::operation::read, offset, length);
    auto const* const got = find(asked);
    return got != nullptr ? got->data : "";
  }
  // Lets time pass.
  void pass(std::chrono::microseconds length) {
    auto const end = now + length;
    while (auto const next = disk->next_deadline()) {
      if (*next > end) break;
      now = std::max(now, *next);
      disk->advance(now);
    }
    now = end;
    disk->advance(now);
  }
  reply const* find(std::uint64_t which) const {
    for (auto const& one : peer.replies)
      if (one.what.cookie == which) return &one;
    return nullptr;
  }
  // -1: not answered.
  int outcome(std::uint64_t which) const {
    auto const* const got = find(which);
    return got == nullptr ? -1 : got->error;
  }
  std::size_t told(std::string_view what) const {
    std::size_t count = 0;
    for (auto const& event : events) count += event.what == what;
    return count;
  }

  nbd::time_point now = nbd::time_point(std::chrono::hours(1));
  nbd::shared_rates rates;
  std::unique_ptr<nbd::fault_disk> disk;
  recording_client peer;
  std::vector<nbd::disk_event> events;
  std::uint64_t cookie = 0;
};

}  // namespace wedgehog::testing
