#include "console/pattern.hpp"

#include <re2/re2.h>

#include <mutex>

#include "base/ensure.hpp"
#include "console/symbol.hpp"
#include "console/text.hpp"

namespace wedgehog::console {

namespace {
// No kernel's line is longer; what follows is somebody else's.
constexpr std::size_t longest_match = 2048;
constexpr int most_groups = 8;

struct part {
  std::string_view name;
  std::string_view exact;
  std::string_view coarse;
};

constexpr part parts[] = {
    {"func",
     R"((<?[A-Za-z_][\w.$:<>]*(?: as [\w.$:<>]+)?)(?:\+(?:0x)?[0-9a-fA-F]+(?:/0x[0-9a-fA-F]+)?)?)",
     "[A-Za-z_<]"},
    {"num", R"((\d+))", R"(\d+)"},
    {"hex", R"(((?:0x)?[0-9a-fA-F]+))", R"((?:0x)?[0-9a-fA-F]+)"},
    {"class", R"(([\w-]+))", R"([\w-]+)"},
    {"word", R"(([^ \t]+))", R"([^ \t]+)"},
    {"place", R"(([^ \t]*\.(?:c|h|S|rs):\d+))", R"([^ \t]*:\d+)"},
    {"text", R"([ \t]*([^ \t].*))", R"([ \t]*[^ \t])"},
    {"words", "(.*?)", ".*"},
    {"expression", "(.*?)", ".*"},
    {"*", ".*?", ".*"},
};

part const* part_of(std::string_view name) {
  if (name != "*")
    while (!name.empty() && is_digit(name.back())) name.remove_suffix(1);
  for (part const& one : parts)
    if (one.name == name) return &one;
  return nullptr;
}

re2::RE2::Options bytes() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_log_errors(false);
  return options;
}
}  // namespace

struct pattern::expression {
  std::once_flag once;
  std::unique_ptr<re2::RE2> compiled;
};

result<pattern> pattern::parse(std::string_view text) {
  pattern made;
  std::string const shown(text);
  if (text.starts_with('^')) {
    made.anchored_ = true;
    text.remove_prefix(1);
  } else if (text.starts_with('<')) {
    made.starts_word_ = true;
    text.remove_prefix(1);
  }
  made.first_text_ = text.substr(0, text.find('{'));
  if (made.first_text_.size() < 3)
    return recipe_error("the console pattern '" + shown +
                        "' must begin with three characters of plain text or more");
  while (!text.empty()) {
    if (text[0] != '{') {
      std::string_view const plain = text.substr(0, text.find('{'));
      std::string const quoted = re2::RE2::QuoteMeta(re2::StringPiece(plain.data(), plain.size()));
      made.exact_ += quoted;
      made.coarse_ += quoted;
      text.remove_prefix(plain.size());
      continue;
    }
    std::size_t const end = text.find('}');
    if (end == std::string_view::npos)
      return recipe_error("the console pattern '" + shown + "' opens a '{' and never closes it");
    std::string_view const name = text.substr(1, end - 1);
    part const* const one = part_of(name);
    if (one == nullptr)
      return recipe_error("'{" + std::string(name) +
                          "}' is no part of a console pattern; there are func, num, hex, class, "
                          "word, place, words, expression, text and *")
          .within("reading the console pattern '" + shown + "'");
    text.remove_prefix(end + 1);
    if (one->name == "text" && !text.empty())
      return recipe_error("{text} takes the rest of the line and stands last: '" + shown + "'");
    if ((one->name == "*" || one->name == "words" || one->name == "expression") &&
        (text.empty() || text[0] == '{'))
      return recipe_error("{*}, {words} and {expression} need plain text after them: '" + shown +
                          "'");
    made.exact_ += one->exact;
    made.coarse_ += one->coarse;
    // What stands behind a name may be its own offset: the coarse form passes over it.
    if (one->name == "func" && !text.empty()) made.coarse_ += ".*";
    if (one->name != "*") made.names_.emplace_back(name);
  }
  if (made.names_.size() >= most_groups)
    return recipe_error("the console pattern '" + shown + "' has too many parts");
  made.compiled_ = std::make_shared<expression>();
  return made;
}

bool pattern::match_at(std::string_view line, std::size_t at, captures& found) const {
  found.clear();
  std::string_view const rest = line.substr(at, longest_match);
  std::call_once(compiled_->once, [this] {
    compiled_->compiled = std::make_unique<re2::RE2>(exact_, bytes());
    ensure(compiled_->compiled->ok(), "a console pattern becomes an expression");
  });
  re2::StringPiece groups[most_groups];
  int const count = static_cast<int>(names_.size()) + 1;
  re2::StringPiece const text(rest.data(), rest.size());
  if (!compiled_->compiled->Match(text, 0, text.size(), re2::RE2::ANCHOR_START, groups, count))
    return false;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    std::string_view caught(groups[i + 1].data(), groups[i + 1].size());
    if (names_[i].starts_with("func")) {
      caught = caught.substr(0, symbol_length(caught));
      if (caught.empty()) return false;
    }
    if (names_[i].starts_with("text")) caught = trimmed(caught);
    found.add(names_[i], caught);
  }
  return true;
}

}  // namespace wedgehog::console
