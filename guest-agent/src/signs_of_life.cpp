#include "signs_of_life.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "clock.hpp"
#include "os/os.hpp"

namespace wedgehog::guest {

namespace {

// Observations, between two that tell of the tasks of workloads that make progress.
constexpr std::uint64_t healthy_every = 5;
// Turns of the observer for one observation, while nothing was asked for and nobody is blocked:
// reading all tasks each second is most of what a resting guest would do under emulation.
constexpr std::uint64_t rest_turns = 8;

struct context {
  port const* line;
  outbox* out;
  board* shown;
  std::atomic<int> realtime_failure{0};
  std::atomic<int> started{0};
};

// Lives for ever, as its threads do.
context& shared() {
  static context only{};
  return only;
}

void join_realtime(context& all) {
  if (!os::become_realtime()) all.realtime_failure = errno;
  ++all.started;
}

// Waits until `due` and returns the next due time; after a long standstill the missed ones are left
// out.
std::uint64_t wait_for(context const& all, std::uint64_t due) {
  auto const now = now_us();
  if (now < due) sleep_us(due - now);
  return all.shown->next_turn_us(std::max(now, due));
}

void beat_for_ever(context& all, wire::beat_source source, wire::beat& beat, char* bytes) {
  beat.source = source;
  for (auto due = now_us();;) {
    due = wait_for(all, due);
    ++beat.number;
    beat.dropped = all.out->dropped();
    all.shown->fill(beat);
    wire::sink to(bytes, outbox::beat_limit);
    if (wire::encode(beat, to)) all.out->put_beat(to.view());
  }
}

void* beat_fifo(void*) {
  static wire::beat beat;
  static char bytes[outbox::beat_limit];
  join_realtime(shared());
  beat_for_ever(shared(), wire::beat_source::fifo, beat, bytes);
  return nullptr;
}

void* beat_ordinary(void*) {
  static wire::beat beat;
  static char bytes[outbox::beat_limit];
  beat_for_ever(shared(), wire::beat_source::ordinary, beat, bytes);
  return nullptr;
}

void* observe_for_ever(void*) {
  auto& all = shared();
  std::uint64_t number = 0;
  std::uint64_t turns_at_rest = 0;
  bool blocked = false;
  std::vector<os::group_state> groups;
  std::vector<os::workload_root> workloads;
  workloads.reserve(wire::workloads_limit);
  for (auto due = now_us();;) {
    due = wait_for(all, due);
    if (blocked || all.shown->asked) turns_at_rest = 0;
    if (turns_at_rest++ % rest_turns != 0) continue;
    wire::observation seen;
    groups.clear();
    auto const began = now_us();
    seen.number = ++number;
    all.shown->fill(workloads, number % healthy_every == 0);
    os::observe(seen, groups, workloads);
    seen.guest_us = began;
    seen.took_us = now_us() - began;
    blocked = !seen.blocked_tasks.empty();
    all.shown->set_stopped_groups(groups.data(), groups.size());
    all.shown->observed_us = now_us();
    all.out->send(seen);
  }
  return nullptr;
}

// True when the descriptor may take bytes now.
bool wait_writable(port const& line) {
  pollfd fd{line.out, POLLOUT, 0};
  poll(&fd, 1, 1000);
  if ((fd.revents & POLLOUT) != 0) return true;
  if (fd.revents != 0) sleep_us(100000);  // nobody listens on the host
  return false;
}

void write_all(port const& line, char const* bytes, std::size_t size) {
  while (size > 0) {
    auto const count = write(line.out, bytes, size);
    if (count > 0) {
      bytes += count;
      size -= static_cast<std::size_t>(count);
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else if (count == 0 || errno == EAGAIN) {
      wait_writable(line);
    } else {
      if (!line.lasting) return;  // the supervisor sees the end of the line as well
      sleep_us(100000);           // a sick port: this frame is lost, the host will count it
      return;
    }
  }
}

void* write_for_ever(void*) {
  static char payload[wire::payload_limit];
  static char bytes[wire::frame_limit];
  auto& all = shared();
  join_realtime(all);
  for (std::uint32_t sequence = 0;; ++sequence) {
    auto frame = all.out->take(payload);
    frame.sequence = sequence;
    write_all(*all.line, bytes, wire::write_frame(bytes, frame));
  }
  return nullptr;
}

}  // namespace

void start_signs_of_life(port const& line, outbox& out, board& shown,
                         std::vector<std::string>& complaints) {
  auto& all = shared();
  all.line = &line;
  all.out = &out;
  all.shown = &shown;
  struct {
    char const* name;
    void* (*body)(void*);
  } const threads[] = {{"the writer", write_for_ever},
                       {"the real-time beat", beat_fifo},
                       {"the ordinary beat", beat_ordinary},
                       {"the observer", observe_for_ever}};
  for (auto const& thread : threads)
    if (int const failure = start_thread(thread.body, nullptr); failure != 0)
      complaints.push_back(std::string("starting ") + thread.name + ": " + std::strerror(failure));
  for (int turn = 0; all.started < 2 && turn < 100; ++turn) sleep_us(1000);
  if (int const failure = all.realtime_failure; failure != 0)
    complaints.push_back(std::string("real-time priority: ") + std::strerror(failure));
}

}  // namespace wedgehog::guest
