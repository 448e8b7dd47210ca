#include "recipe/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "recipe/yaml_trouble.hpp"

namespace wedgehog::recipe {
namespace {

constexpr std::size_t deepest_nesting = 30;

// Unwinds yaml-cpp's parser when reading on makes no sense.
struct unreadable {
  complaint why;
};

// "!0", "!SIGKILL": YAML takes them for tags without a value, and the person wrote a text.
bool is_text_like_a_tag(std::string const& tag, std::string const& value) {
  return value.empty() && tag.size() > 1 && tag.front() == '!' && tag[1] != '!';
}

class tree_builder : public YAML::EventHandler {
 public:
  explicit tree_builder(std::shared_ptr<std::string const> file) : file_(std::move(file)) {}

  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}

  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    add(make(node_kind::nothing, mark), anchor);
  }

  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& value) override {
    auto made = make(node_kind::scalar, mark);
    if (is_text_like_a_tag(tag, value)) {
      made->value = tag;
    } else {
      refuse_tag(mark, tag);
      made->value = value;
    }
    refuse_control_bytes(mark, value);
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

  [[nodiscard]] complaint at(YAML::Mark const& mark, std::string message) const {
    return complaint_at(where(mark), std::move(message));
  }

  [[nodiscard]] position where(YAML::Mark const& mark) const {
    return {mark.line + 1, mark.column + 1, file_};
  }

  void refuse_control_bytes(YAML::Mark const& mark, std::string const& value) {
    auto const found = std::find_if(value.begin(), value.end(), is_control);
    if (found == value.end()) return;
    complaints.push_back(at(mark, fmt::format("the text holds the byte 0x{:02x}, which is not text",
                                              static_cast<unsigned char>(*found))));
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
    static_cast<position&>(*made) = where(mark);
    return made;
  }

  void add(std::shared_ptr<node> made, YAML::anchor_t anchor) {
    if (anchor != 0) anchored_[anchor] = made;
    attach(std::move(made));
  }

  void open(std::shared_ptr<node> made, YAML::anchor_t anchor) {
    if (open_.size() >= deepest_nesting)
      throw unreadable{complaint_at(
          *made, fmt::format("it is nested more than {} levels deep", deepest_nesting))};
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
      complaints.push_back(
          complaint_at(*key, "a key is plain text, not a list, a mapping or nothing"));
      return;
    }
    auto const [first, fresh] = parent.seen.try_emplace(key->value, key);
    if (!fresh) {
      complaints.push_back(complaint_at(*key, fmt::format("'{}' is given twice; first in line {}",
                                                          shown(key->value), first->second->line)));
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

  std::shared_ptr<std::string const> file_;
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
    bool const control = is_control(text[i]);
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

}  // namespace

// "\0" in quotes is such a byte as much as one that stands in the file.
bool is_control(char c) {
  auto const byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

node const* node::find(std::string_view key) const {
  for (auto const& [name, value] : entries)
    if (name->value == key) return value.get();
  return nullptr;
}

document read_document(std::string_view text, std::string const& file) {
  auto const name = file.empty() ? nullptr : std::make_shared<std::string const>(file);
  if (auto refused = check_bytes(text)) {
    refused->file = file;
    return {nullptr, {*std::move(refused)}};
  }
  std::istringstream stream{std::string(text)};
  tree_builder builder(name);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder) || builder.root == nullptr)
      return {nullptr, {{.message = "the recipe is empty", .file = file}}};
    auto first = std::exchange(builder.root, nullptr);
    if (parser.HandleNextDocument(builder) && builder.root != nullptr)
      builder.complaints.push_back(
          complaint_at(*builder.root, "a second document begins; a file holds one recipe"));
    return {std::move(first), std::move(builder.complaints)};
  } catch (unreadable const& refused) {
    builder.complaints.push_back(refused.why);
  } catch (YAML::Exception const& failure) {
    position const where{std::max(failure.mark.line, 0) + 1, std::max(failure.mark.column, 0) + 1,
                         name};
    builder.complaints.push_back(
        complaint_at(where, explain_yaml_trouble(failure.msg, where, text)));
  }
  return {nullptr, std::move(builder.complaints)};
}

}  // namespace wedgehog::recipe
