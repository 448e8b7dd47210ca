// Big-endian numbers and a byte queue that grows without zeroing: what the NBD wire is made of.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string_view>

namespace wedgehog::nbd {

template <std::unsigned_integral T>
[[nodiscard]] T load_big(std::byte const* from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((std::uint64_t{value} << 8U) | std::to_integer<unsigned>(from[i]));
  return value;
}

template <std::unsigned_integral T>
void store_big(std::byte* to, T value) {
  for (std::size_t i = sizeof(T); i-- > 0; value = static_cast<T>(std::uint64_t{value} >> 8U))
    to[i] = static_cast<std::byte>(value & 0xffU);
}

// Append at the end, consume at the front. Pointers into it last until the next append.
class byte_buffer {
 public:
  byte_buffer() = default;
  ~byte_buffer() { std::free(memory_); }
  byte_buffer(byte_buffer const&) = delete;
  byte_buffer& operator=(byte_buffer const&) = delete;

  [[nodiscard]] std::byte* data() { return memory_ + begin_; }
  [[nodiscard]] std::byte const* data() const { return memory_ + begin_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::span<std::byte const> view() const { return {data(), size()}; }

  // Space for `count` more bytes at the end, not initialised and not yet part of the content.
  [[nodiscard]] std::span<std::byte> room(std::size_t count) {
    if (capacity_ - end_ < count) make_room(count);
    return {memory_ + end_, capacity_ - end_};
  }
  void commit(std::size_t count) { end_ += count; }
  // Appends `count` bytes, not initialised.
  std::byte* append(std::size_t count) {
    auto* const place = room(count).data();
    end_ += count;
    return place;
  }
  void append(std::span<std::byte const> bytes) {
    if (!bytes.empty()) std::memcpy(append(bytes.size()), bytes.data(), bytes.size());
  }
  void append(std::string_view text) { append(std::as_bytes(std::span(text))); }
  template <std::unsigned_integral T>
  void append_big(T value) {
    store_big(append(sizeof(T)), value);
  }
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // Keeps the first `count` bytes.
  void truncate(std::size_t count) { end_ = begin_ + count; }
  // Gives a large, empty buffer's memory back.
  void shrink(std::size_t above) {
    if (!empty() || capacity_ <= above) return;
    std::free(memory_);
    memory_ = nullptr;
    begin_ = end_ = capacity_ = 0;
  }

 private:
  void make_room(std::size_t count) {
    std::size_t const used = size();
    if (begin_ > 0) {
      std::memmove(memory_, memory_ + begin_, used);
      begin_ = 0;
      end_ = used;
    }
    if (capacity_ - end_ >= count) return;
    std::size_t const wanted = std::bit_ceil(used + count);
    auto* const grown = static_cast<std::byte*>(std::realloc(memory_, wanted));
    if (grown == nullptr) throw std::bad_alloc();
    memory_ = grown;
    capacity_ = wanted;
  }

  std::byte* memory_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace wedgehog::nbd
