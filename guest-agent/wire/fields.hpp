// Plain structs to bytes and back. A struct lists its members once, in fields(); each becomes
// tag u8 | length varint | value, so that a reader skips what it does not know and old and new
// agents can talk. Members that hold zero are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace wedgehog::wire {

// Text and lists of fixed capacity, for messages that are made where nothing may be allocated. What
// does not fit is cut off.
template <std::size_t Capacity>
class short_text {
 public:
  short_text() = default;
  short_text(std::string_view text) { *this = text; }
  short_text& operator=(std::string_view text) {
    size_ = static_cast<std::uint8_t>(text.size() < Capacity ? text.size() : Capacity);
    std::memcpy(bytes_, text.data(), size_);
    return *this;
  }
  [[nodiscard]] std::string_view view() const { return {bytes_, size_}; }
  friend bool operator==(short_text const& a, short_text const& b) { return a.view() == b.view(); }

 private:
  static_assert(Capacity < 256);
  std::uint8_t size_ = 0;
  char bytes_[Capacity] = {};
};

// Of a workload or a canary.
using name_text = short_text<47>;

template <class Item, std::size_t Capacity>
class short_list {
 public:
  bool push_back(Item const& item) {
    if (size_ == Capacity) return false;
    items_[size_++] = item;
    return true;
  }
  void clear() { size_ = 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  Item const& operator[](std::size_t i) const { return items_[i]; }
  Item const* begin() const { return items_; }
  Item const* end() const { return items_ + size_; }

 private:
  std::size_t size_ = 0;
  Item items_[Capacity] = {};
};

// Bytes of bounded capacity owned by somebody else; remembers that something did not fit.
class sink {
 public:
  sink(char* bytes, std::size_t capacity) : bytes_(bytes), capacity_(capacity) {}
  void put(char const* from, std::size_t count) {
    if (count > capacity_ - size_) {
      fits_ = false;
      return;
    }
    if (count != 0) std::memcpy(bytes_ + size_, from, count);
    size_ += count;
  }
  void put(std::uint8_t byte) {
    char const c = static_cast<char>(byte);
    put(&c, 1);
  }
  void set(std::size_t at, std::uint8_t byte) {
    if (at < size_) bytes_[at] = static_cast<char>(byte);
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool fits() const { return fits_; }
  [[nodiscard]] std::string_view view() const { return {bytes_, size_}; }

 private:
  char* bytes_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

namespace detail {

template <class T>
struct is_list : std::false_type {};
template <class T>
struct is_list<std::vector<T>> : std::true_type {};
template <class T, std::size_t N>
struct is_list<short_list<T, N>> : std::true_type {};

template <class T>
struct is_text : std::false_type {};
template <>
struct is_text<std::string> : std::true_type {};
template <std::size_t N>
struct is_text<short_text<N>> : std::true_type {};

template <class T>
constexpr bool is_number = std::is_integral_v<T> || std::is_enum_v<T>;

inline std::string_view text_of(std::string const& text) {
  return text;
}
template <std::size_t N>
std::string_view text_of(short_text<N> const& text) {
  return text.view();
}

// Signed numbers are folded (0, -1, 1, -2 …) so that small ones stay short.
template <class T>
std::uint64_t to_bits(T value) {
  if constexpr (std::is_enum_v<T>) {
    return static_cast<std::uint64_t>(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_signed_v<T> && !std::is_same_v<T, bool>) {
    auto const wide = static_cast<std::int64_t>(value);
    return (static_cast<std::uint64_t>(wide) << 1U) ^ (wide < 0 ? ~0ULL : 0ULL);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}
// False when the value does not fit T.
template <class T>
bool from_bits(std::uint64_t bits, T& out) {
  if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> raw{};
    static_assert(std::is_unsigned_v<decltype(raw)>);
    if (!from_bits(bits, raw)) return false;
    out = static_cast<T>(raw);  // a reader must expect values it has no name for
    return true;
  } else {
    T value{};
    if constexpr (std::is_same_v<T, bool>)
      value = bits != 0;
    else if constexpr (std::is_signed_v<T>)
      value = static_cast<T>(static_cast<std::int64_t>((bits >> 1U) ^ (~(bits & 1U) + 1U)));
    else
      value = static_cast<T>(bits);
    if (!std::is_same_v<T, bool> && to_bits(value) != bits) return false;
    out = value;
    return true;
  }
}

class field_writer {
 public:
  explicit field_writer(sink& to) : to_(to) {}

  template <class T>
  void operator()(std::uint8_t tag, T const& value) {
    if constexpr (is_list<T>::value) {
      for (auto const& item : value) put(tag, item);
    } else if constexpr (is_text<T>::value) {
      if (!text_of(value).empty()) put(tag, value);
    } else if constexpr (is_number<T>) {
      if (to_bits(value) != 0) put(tag, value);
    } else {
      put(tag, value);
    }
  }

 private:
  template <class T>
  void put(std::uint8_t tag, T const& value) {
    to_.put(tag);
    if constexpr (is_text<T>::value) {
      auto const text = text_of(value);
      put_length(text.size());
      to_.put(text.data(), text.size());
    } else if constexpr (is_number<T>) {
      auto bits = to_bits(value);
      char bytes[8];
      std::uint8_t count = 0;
      for (; bits != 0; bits >>= 8U) bytes[count++] = static_cast<char>(bits & 0xFFU);
      to_.put(count);
      to_.put(bytes, count);
    } else {
      // A nested struct: its length is not known yet, so a varint of three bytes is kept free.
      auto const start = to_.size();
      for (int i = 0; i < 3; ++i) to_.put(std::uint8_t{0});
      T::fields(*this, value);
      auto const length = to_.size() - start - 3;
      to_.set(start, static_cast<std::uint8_t>(0x80U | (length & 0x7FU)));
      to_.set(start + 1, static_cast<std::uint8_t>(0x80U | ((length >> 7U) & 0x7FU)));
      to_.set(start + 2, static_cast<std::uint8_t>((length >> 14U) & 0x7FU));
    }
  }
  void put_length(std::size_t length) {
    for (; length >= 0x80U; length >>= 7U)
      to_.put(static_cast<std::uint8_t>(0x80U | (length & 0x7FU)));
    to_.put(static_cast<std::uint8_t>(length));
  }

  sink& to_;
};

template <class T>
bool read_fields(std::string_view bytes, T& out);

class field_reader {
 public:
  static constexpr std::size_t list_limit = 4096;

  field_reader(std::uint8_t tag, std::string_view bytes) : tag_(tag), bytes_(bytes) {}

  template <class T>
  void operator()(std::uint8_t tag, T& member) {
    if (tag != tag_) return;
    if constexpr (is_list<T>::value) {
      std::decay_t<decltype(*member.begin())> item{};
      if (!get(item)) good_ = false;
      if (good_ && member.size() < list_limit) member.push_back(item);
    } else {
      if (!get(member)) good_ = false;
    }
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  template <class T>
  bool get(T& out) {
    if constexpr (is_text<T>::value) {
      out = bytes_;
      return true;
    } else if constexpr (is_number<T>) {
      if (bytes_.size() > 8) return false;
      std::uint64_t bits = 0;
      for (std::size_t i = 0; i < bytes_.size(); ++i)
        bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[i])) << (8 * i);
      return from_bits(bits, out);
    } else {
      return read_fields(bytes_, out);
    }
  }

  std::uint8_t tag_;
  std::string_view bytes_;
  bool good_ = true;
};

template <class T>
bool read_fields(std::string_view bytes, T& out) {
  while (!bytes.empty()) {
    auto const tag = static_cast<std::uint8_t>(bytes[0]);
    std::size_t length = 0;
    std::size_t at = 1;
    for (unsigned shift = 0;; shift += 7, ++at) {
      if (at == bytes.size() || shift > 14) return false;
      auto const byte = static_cast<unsigned char>(bytes[at]);
      length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) break;
    }
    ++at;
    if (length > bytes.size() - at) return false;
    field_reader reader(tag, bytes.substr(at, length));
    T::fields(reader, out);
    if (!reader.good()) return false;
    bytes.remove_prefix(at + length);
  }
  return true;
}

}  // namespace detail

// False (and `to` is of no use) when the message does not fit.
template <class Message>
bool encode(Message const& message, sink& to) {
  detail::field_writer writer(to);
  Message::fields(writer, message);
  return to.fits();
}

// For senders that may allocate. Empty text parts are cheap; a message over payload_limit comes
// back as false.
template <class Message>
bool encode(Message const& message, std::string& to, std::size_t limit) {
  to.resize(limit);
  sink bytes(to.data(), limit);
  bool const fits = encode(message, bytes);
  to.resize(fits ? bytes.size() : 0);
  return fits;
}

// False when the bytes are not a message of this kind; `out` may then be half filled.
template <class Message>
bool decode(std::string_view payload, Message& out) {
  return detail::read_fields(payload, out);
}

}  // namespace wedgehog::wire
