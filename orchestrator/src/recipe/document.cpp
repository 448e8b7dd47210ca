#include "recipe/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <sstream>

#include "base/ensure.hpp"

namespace wedgehog::recipe {
namespace {

constexpr std::size_t longest_text = 1U << 20U;
constexpr std::size_t deepest_nesting = 30;
constexpr std::size_t largest_weight = 20'000;

// Unwinds yaml-cpp's parser when reading on makes no sense.
struct unreadable {
  complaint why;
};

class tree_builder : public YAML::EventHandler {
 public:
  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}

  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    add(make(node_kind::nothing, mark), anchor);
  }

  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& value) override {
    refuse_tag(mark, tag);
    auto made = make(node_kind::scalar, mark);
    made->value = value;
    add(std::move(made), anchor);
  }

  void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    auto const found = anchored_.find(anchor);
    if (found == anchored_.end())
      throw unreadable{at(mark, "an alias stands inside of what it names, and would never end")};
    count(found->second->weight, mark);
    attach(found->second);
  }

  void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(make(node_kind::list, mark), anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(make(node_kind::mapping, mark), anchor);
  }
  void OnMapEnd() override { close(); }

  node_ptr root{};
  std::vector<complaint> complaints{};

 private:
  struct open_node {
    std::shared_ptr<node> what;
    YAML::anchor_t anchor;
    node_ptr key{};  // mapping: read, and its value is awaited
    std::map<std::string, node_ptr, std::less<>> seen{};
  };

  static complaint at(YAML::Mark const& mark, std::string message) {
    return {.line = mark.line + 1, .column = mark.column + 1, .message = std::move(message)};
  }

  void refuse_tag(YAML::Mark const& mark, std::string const& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    complaints.push_back(at(mark, fmt::format("the tag '{}' means nothing here", shown(tag))));
  }

  void count(std::size_t more, YAML::Mark const& mark) {
    total_ += more;
    if (total_ > largest_weight)
      throw unreadable{at(mark, fmt::format("the recipe holds more than {} values, aliases counted "
                                            "each time; write a smaller one",
                                            largest_weight))};
  }

  std::shared_ptr<node> make(node_kind kind, YAML::Mark const& mark) {
    count(1, mark);
    auto made = std::make_shared<node>();
    made->kind = kind;
    made->line = mark.line + 1;
    made->column = mark.column + 1;
    return made;
  }

  void add(std::shared_ptr<node> made, YAML::anchor_t anchor) {
    if (anchor != 0) anchored_[anchor] = made;
    attach(std::move(made));
  }

  void open(std::shared_ptr<node> made, YAML::anchor_t anchor) {
    if (open_.size() >= deepest_nesting)
      throw unreadable{
          {.line = made->line,
           .column = made->column,
           .message = fmt::format("it is nested more than {} levels deep", deepest_nesting)}};
    open_.push_back({.what = std::move(made), .anchor = anchor});
  }

  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) anchored_[done.anchor] = done.what;
    attach(std::move(done.what));
  }

  void attach(node_ptr made) {
    if (open_.empty()) {
      root = std::move(made);
      return;
    }
    auto& parent = open_.back();
    parent.what->weight += made->weight;
    if (parent.what->kind == node_kind::list)
      parent.what->items.push_back(std::move(made));
    else if (parent.key == nullptr)
      parent.key = std::move(made);
    else
      add_entry(parent, std::move(made));
  }

  void add_entry(open_node& parent, node_ptr value) {
    node_ptr const key = std::exchange(parent.key, nullptr);
    if (key->kind != node_kind::scalar) {
      complaints.push_back({.line = key->line,
                            .column = key->column,
                            .message = "a key is plain text, not a list, a mapping or nothing"});
      return;
    }
    auto const [first, fresh] = parent.seen.try_emplace(key->value, key);
    if (!fresh) {
      complaints.push_back({.line = key->line,
                            .column = key->column,
                            .message = fmt::format("'{}' is given twice; first in line {}",
                                                   shown(key->value), first->second->line)});
      return;
    }
    // yaml-cpp marks nothing at the next token, lines below; the person looks at the key.
    if (value->kind == node_kind::nothing) {
      auto moved = std::make_shared<node>(*value);
      static_cast<position&>(*moved) = *key;
      value = std::move(moved);
    }
    parent.what->entries.emplace_back(key, std::move(value));
  }

  std::vector<open_node> open_;
  std::map<YAML::anchor_t, node_ptr> anchored_;
  std::size_t total_ = 0;
};

// The length of the UTF-8 character at the front of `text`; 0 when it is none.
std::size_t utf8_length(std::string_view text) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char const first = byte(0);
  std::size_t const length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  if (first == 0xe0 && byte(1) < 0xa0) return 0;   // overlong
  if (first == 0xed && byte(1) >= 0xa0) return 0;  // half of a surrogate pair
  if (first == 0xf0 && byte(1) < 0x90) return 0;   // overlong
  if (first == 0xf4 && byte(1) >= 0x90) return 0;  // beyond Unicode
  return length;
}

std::optional<complaint> check_bytes(std::string_view text) {
  if (text.size() > longest_text)
    return complaint{.message = fmt::format("the file is larger than {} KiB; this is no recipe",
                                            longest_text >> 10U)};
  int line = 1;
  int column = 1;
  for (std::size_t i = 0; i < text.size();) {
    auto const length = utf8_length(text.substr(i));
    auto const byte = static_cast<unsigned char>(text[i]);
    bool const control =
        (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
    if (length == 0 || control)
      return complaint{
          .line = line,
          .column = column,
          .message = fmt::format("the byte 0x{:02x} is not {}", byte, control ? "text" : "UTF-8")};
    i += length;
    ++column;
    if (byte == '\n') {
      ++line;
      column = 1;
    }
  }
  return std::nullopt;
}

std::string_view line_of(std::string_view text, int line) {
  while (--line > 0) {
    auto const end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

}  // namespace

node const* node::find(std::string_view key) const {
  for (auto const& [name, value] : entries)
    if (name->value == key) return value.get();
  return nullptr;
}

document read_document(std::string_view text) {
  if (auto refused = check_bytes(text)) return {nullptr, {*std::move(refused)}};
  std::istringstream stream{std::string(text)};
  tree_builder builder;
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder) || builder.root == nullptr)
      return {nullptr, {{.message = "the recipe is empty"}}};
    auto first = std::exchange(builder.root, nullptr);
    if (parser.HandleNextDocument(builder) && builder.root != nullptr)
      builder.complaints.push_back(
          {.line = builder.root->line,
           .column = builder.root->column,
           .message = "a second document begins; a file holds one recipe"});
    return {std::move(first), std::move(builder.complaints)};
  } catch (unreadable const& refused) {
    builder.complaints.push_back(refused.why);
  } catch (YAML::Exception const& failure) {
    complaint wrong{.line = std::max(failure.mark.line, 0) + 1,
                    .column = std::max(failure.mark.column, 0) + 1,
                    .message = "this is not YAML: " + failure.msg};
    if (line_of(text, wrong.line).find("${{") != std::string_view::npos)
      wrong.message += "; inside { } and [ ], a text with ${{ }} needs quotes";
    builder.complaints.push_back(std::move(wrong));
  }
  return {nullptr, std::move(builder.complaints)};
}

}  // namespace wedgehog::recipe
