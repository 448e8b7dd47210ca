// What waits to be written to the port: a bounded ring of messages, and a lane for beats that
// overtakes it. Putting something in never waits and never allocates; what finds no room is dropped
// and counted, so no thread is ever held up by a host that does not read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "threads.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"

namespace wedgehog::guest {

class outbox {
 public:
  static constexpr std::size_t capacity = 1024 * 1024;
  // Output of children may not use the last part: answers and observations always find room sooner.
  static constexpr std::size_t reserve = 192 * 1024;
  static constexpr std::size_t beat_limit = 4096;
  // With so much waiting, collectors wait too. On a slow line the answers to other questions stand
  // behind it: two pieces of output, under two seconds of a UART.
  static constexpr std::size_t usual_backlog = capacity - 2 * reserve;
  static constexpr std::size_t slow_backlog = 16 * 1024;

  explicit outbox(std::size_t backlog = usual_backlog);

  // False when it was dropped.
  bool put(wire::message_type type, std::string_view payload);
  bool put_output(wire::message_type type, std::string_view payload);
  // When the lane is full the oldest beat makes room.
  void put_beat(std::string_view payload);

  template <class Message>
  bool send(Message const& message) {
    std::string payload;
    if (!wire::encode(message, payload, wire::payload_limit)) {
      ++dropped_;
      return false;
    }
    return put(Message::type, payload);
  }

  [[nodiscard]] bool crowded();  // more than the backlog waits
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  // Waits for the next message, copies its payload to `to` (payload_limit bytes of room).
  wire::frame take(char* to);

 private:
  struct beat_slot {
    std::size_t size = 0;
    char bytes[beat_limit];
  };
  static constexpr std::size_t beats = 8;

  bool put_leaving(wire::message_type type, std::string_view payload, std::size_t left_free);
  void ring_write(char const* from, std::size_t count);
  void ring_read(char* to, std::size_t count);

  std::size_t const backlog_;
  mutex lock_;
  pthread_cond_t filled_;
  std::unique_ptr<char[]> ring_;
  std::size_t head_ = 0;  // next byte to read
  std::size_t used_ = 0;
  beat_slot lane_[beats];
  std::size_t lane_head_ = 0;
  std::size_t lane_used_ = 0;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace wedgehog::guest
