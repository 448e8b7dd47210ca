#include "guest/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace wedgehog::guest {
namespace {

constexpr std::size_t longest_script = 4096;

bool is_number(std::string_view text, std::uint64_t& value) {
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size();
}

}  // namespace

bool is_plain_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

fields::fields(node const* map, std::string where, std::vector<complaint>& complaints)
    : map_(map), where_(std::move(where)), complaints_(complaints) {}

std::string fields::named(std::string_view key) const {
  return where_.empty() ? std::string(key) : fmt::format("{}: {}", where_, key);
}

bool fields::has(std::string_view key) {
  known_.emplace_back(key);
  return map_ != nullptr && map_->find(key) != nullptr;
}

void fields::complain_at(node const* place, std::string message) {
  complaint one;
  if (place != nullptr) {
    one.line = place->line;
    one.column = place->column;
  }
  one.message = std::move(message);
  complaints_.push_back(std::move(one));
}

void fields::complain(std::string_view key, std::string message) {
  node const* const found = map_ == nullptr ? nullptr : map_->find(key);
  complain_at(found != nullptr ? found : map_, fmt::format("{}: {}", named(key), message));
}

void fields::require(std::string_view key) {
  if (!has(key)) complain(key, "is missing");
}

node const* fields::mapping(std::string_view key) {
  if (!has(key)) return nullptr;
  auto const* const found = map_->find(key);
  if (found->kind == recipe::node_kind::mapping) return found;
  complain(key, "wants a mapping of keys and values");
  return nullptr;
}

std::vector<node const*> fields::list(std::string_view key, std::size_t most) {
  if (!has(key)) return {};
  auto const* const found = map_->find(key);
  if (found->kind != recipe::node_kind::list) {
    complain(key, "wants a list");
    return {};
  }
  if (found->items.size() > most) {
    complain(key, fmt::format("has more than {} items", most));
    return {};
  }
  std::vector<node const*> all;
  for (auto const& item : found->items) all.push_back(item.get());
  return all;
}

node const* fields::scalar(std::string_view key) {
  if (!has(key)) return nullptr;
  auto const* const found = map_->find(key);
  if (found->kind == recipe::node_kind::scalar) return found;
  complain(key, "wants one value");
  return nullptr;
}

std::optional<std::string> fields::text(std::string_view key, std::size_t most) {
  auto const* const found = scalar(key);
  if (found == nullptr) return std::nullopt;
  if (!found->value.empty() && found->value.size() <= most && is_plain_line(found->value))
    return found->value;
  complain(key, fmt::format("wants one line of 1 to {} characters", most));
  return std::nullopt;
}

std::optional<std::string> fields::script(std::string_view key) {
  auto const* const found = scalar(key);
  if (found == nullptr) return std::nullopt;
  auto const& text = found->value;
  if (!text.empty() && text.size() <= longest_script && text.find('\0') == std::string::npos)
    return text;
  complain(key, fmt::format("wants a text of 1 to {} bytes without a NUL", longest_script));
  return std::nullopt;
}

void fields::complain_about_word(node const& place, std::string_view key,
                                 std::span<std::string const> words) {
  complaint one{.line = place.line, .column = place.column};
  one.message = fmt::format("{}: '{}' is no word for it", named(key), recipe::shown(place.value));
  one.allowed.assign(words.begin(), words.end());
  one.nearest = recipe::nearest_word(place.value, words);
  complaints_.push_back(std::move(one));
}

std::optional<std::string> fields::one_of(std::string_view key,
                                          std::span<std::string const> words) {
  auto const* const found = scalar(key);
  if (found == nullptr) return std::nullopt;
  if (std::find(words.begin(), words.end(), found->value) != words.end()) return found->value;
  complain_about_word(*found, key, words);
  return std::nullopt;
}

std::optional<std::uint64_t> fields::number(std::string_view key, std::uint64_t least,
                                            std::uint64_t most) {
  auto const* const found = scalar(key);
  if (found == nullptr) return std::nullopt;
  std::uint64_t value = 0;
  if (is_number(found->value, value) && value >= least && value <= most) return value;
  complain(key, fmt::format("wants a whole number from {} to {}, not '{}'", least, most,
                            recipe::shown(found->value)));
  return std::nullopt;
}

std::optional<std::uint64_t> fields::size(std::string_view key) {
  auto const* const found = scalar(key);
  if (found == nullptr) return std::nullopt;
  auto const value = parse_size(found->value);
  if (value) return value.value();
  complain(key, value.error().message());
  return std::nullopt;
}

std::optional<microseconds> fields::duration(std::string_view key, microseconds most) {
  auto const* const found = scalar(key);
  if (found == nullptr) return std::nullopt;
  auto const value = parse_duration(found->value);
  if (!value)
    complain(key, value.error().message());
  else if (value.value() <= microseconds(0) || value.value() > most)
    complain(key, fmt::format("wants a time above 0 and up to {}", print_duration(most)));
  else
    return value.value();
  return std::nullopt;
}

std::vector<std::string> fields::texts(std::string_view key, std::size_t most) {
  std::vector<std::string> all;
  for (auto const* item : list(key, most)) {
    bool const good = item->kind == recipe::node_kind::scalar && !item->value.empty() &&
                      item->value.size() <= 1000 && is_plain_line(item->value);
    if (good)
      all.push_back(item->value);
    else
      complain_at(item, fmt::format("{}: wants one line of text in each place", named(key)));
  }
  return all;
}

std::vector<std::string> fields::words(std::string_view key, std::span<std::string const> words) {
  std::vector<std::string> all;
  for (auto const* item : list(key, words.size())) {
    if (item->kind != recipe::node_kind::scalar)
      complain_at(item, fmt::format("{}: wants a word in each place", named(key)));
    else if (std::find(words.begin(), words.end(), item->value) == words.end())
      complain_about_word(*item, key, words);
    else if (std::find(all.begin(), all.end(), item->value) != all.end())
      complain_at(item, fmt::format("{}: '{}' stands there twice", named(key), item->value));
    else
      all.push_back(item->value);
  }
  return all;
}

void fields::refuse_others() {
  if (map_ == nullptr) return;
  for (auto const& [key, value] : map_->entries) {
    if (std::find(known_.begin(), known_.end(), key->value) != known_.end()) continue;
    complaint one{.line = key->line, .column = key->column};
    one.message = fmt::format("'{}' is not a key of {}", recipe::shown(key->value),
                              where_.empty() ? "a profile" : "`" + where_ + "`");
    one.allowed = known_;
    std::sort(one.allowed.begin(), one.allowed.end());
    one.allowed.erase(std::unique(one.allowed.begin(), one.allowed.end()), one.allowed.end());
    one.nearest = recipe::nearest_word(key->value, one.allowed);
    complaints_.push_back(std::move(one));
  }
}

}  // namespace wedgehog::guest
