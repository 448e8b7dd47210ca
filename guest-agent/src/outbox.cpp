#include "outbox.hpp"

#include <algorithm>

namespace wedgehog::guest {

namespace {
struct entry {
  std::uint16_t type;
  std::uint32_t size;
};
}  // namespace

outbox::outbox(std::size_t backlog) : backlog_(backlog), ring_(new char[capacity]) {
  std::memset(ring_.get(), 0, capacity);  // touched now, so that it is resident later
  pthread_cond_init(&filled_, nullptr);
}

bool outbox::put(wire::message_type type, std::string_view payload) {
  return put_leaving(type, payload, 0);
}

bool outbox::put_output(wire::message_type type, std::string_view payload) {
  return put_leaving(type, payload, reserve);
}

bool outbox::put_leaving(wire::message_type type, std::string_view payload, std::size_t left_free) {
  std::lock_guard<mutex> const guard(lock_);
  if (payload.size() > wire::payload_limit ||
      capacity - used_ < sizeof(entry) + payload.size() + left_free) {
    ++dropped_;
    return false;
  }
  entry const head{static_cast<std::uint16_t>(type), static_cast<std::uint32_t>(payload.size())};
  ring_write(reinterpret_cast<char const*>(&head), sizeof head);
  ring_write(payload.data(), payload.size());
  pthread_cond_signal(&filled_);
  return true;
}

void outbox::put_beat(std::string_view payload) {
  if (payload.size() > beat_limit) {
    ++dropped_;
    return;
  }
  std::lock_guard<mutex> const guard(lock_);
  if (lane_used_ == beats) {
    lane_head_ = (lane_head_ + 1) % beats;
    --lane_used_;
    ++dropped_;
  }
  auto& slot = lane_[(lane_head_ + lane_used_) % beats];
  slot.size = payload.size();
  std::memcpy(slot.bytes, payload.data(), payload.size());
  ++lane_used_;
  pthread_cond_signal(&filled_);
}

bool outbox::crowded() {
  std::lock_guard<mutex> const guard(lock_);
  return used_ > backlog_;
}

wire::frame outbox::take(char* to) {
  std::lock_guard<mutex> const guard(lock_);
  while (used_ == 0 && lane_used_ == 0) pthread_cond_wait(&filled_, lock_.native());
  wire::frame taken;
  if (lane_used_ != 0) {
    auto const& slot = lane_[lane_head_];
    std::memcpy(to, slot.bytes, slot.size);
    taken.type = static_cast<std::uint16_t>(wire::message_type::beat);
    taken.payload = {to, slot.size};
    lane_head_ = (lane_head_ + 1) % beats;
    --lane_used_;
    return taken;
  }
  entry head{};
  ring_read(reinterpret_cast<char*>(&head), sizeof head);
  ring_read(to, head.size);
  taken.type = head.type;
  taken.payload = {to, head.size};
  return taken;
}

void outbox::ring_write(char const* from, std::size_t count) {
  if (count == 0) return;
  auto const at = (head_ + used_) % capacity;
  auto const first = std::min(count, capacity - at);
  std::memcpy(ring_.get() + at, from, first);
  std::memcpy(ring_.get(), from + first, count - first);
  used_ += count;
}

void outbox::ring_read(char* to, std::size_t count) {
  auto const first = std::min(count, capacity - head_);
  std::memcpy(to, ring_.get() + head_, first);
  std::memcpy(to + first, ring_.get(), count - first);
  head_ = (head_ + count) % capacity;
  used_ -= count;
}

}  // namespace wedgehog::guest
