#include "base/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>

namespace wedgehog {
namespace {

constexpr std::size_t longest_text = 1024;
constexpr int most_memory = 1 << 20;  // of the program and of what RE2 remembers while matching
constexpr unsigned most_repetitions = 100;

struct refusal {
  std::string why;
  std::size_t where;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Walks over the text as RE2 reads it and finds what RE2 would take, but not as it was meant.
class trap_finder {
 public:
  explicit trap_finder(std::string_view text) : text_(text) {}

  std::optional<refusal> find() {
    bool repeatable = false;
    while (at_ < text_.size()) {
      char const c = text_[at_];
      if (std::string_view("*+?{").find(c) == std::string_view::npos) {
        repeatable = std::string_view("(|^$").find(c) == std::string_view::npos;
        if (text_.substr(at_).starts_with("\\b")) repeatable = false;
        if (c == '(') ++open_;
        if (c == ')' && open_-- == 0)
          return refusal{"')' closes nothing; write \\) for the character", at_};
        skip_atom();
        continue;
      }
      if (!repeatable)
        return refusal{
            fmt::format("there is nothing to repeat here; write \\{} for the character", c), at_};
      if (auto wrong = quantifier()) return wrong;
      if (at_ < text_.size() && std::string_view("*+?{").find(text_[at_]) != std::string_view::npos)
        return refusal{"one quantifier follows another; lazy ones are not offered", at_};
    }
    return std::nullopt;
  }

 private:
  // A bracket expression, an escape, the head of a group, or one character.
  void skip_atom() {
    std::string_view const rest = text_.substr(at_);
    if (rest[0] == '\\') {
      at_ += 2;
    } else if (rest[0] == '[') {
      std::size_t end = rest.starts_with("[^") ? 2 : 1;
      do {
        if (end < rest.size() && rest[end] == '\\') ++end;
        if (rest.substr(end).starts_with("[:")) end = std::min(rest.find(":]", end), rest.size());
        ++end;
      } while (end < rest.size() && rest[end] != ']');
      at_ += end + 1;
    } else {
      at_ += rest.starts_with("(?") ? 2 : 1;
    }
  }

  std::optional<refusal> quantifier() {
    std::size_t const begin = at_++;
    if (text_[begin] != '{') return std::nullopt;
    auto const least = number();
    auto most = least;
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      most = number();
      if (most && least && (*most < *least || *most == 0))
        return refusal{"{n,m} counts from n up to m, and m is at least 1", begin};
    } else if (least && *least == 0) {
      return refusal{"{0} matches nothing", begin};
    }
    if (!least || at_ >= text_.size() || text_[at_] != '}')
      return refusal{"'{' begins {n}, {n,} or {n,m}; write \\{ for the character", begin};
    if (std::max(*least, most.value_or(0)) > most_repetitions)
      return refusal{fmt::format("it repeats more than {} times", most_repetitions), begin};
    ++at_;
    return std::nullopt;
  }

  std::optional<unsigned> number() {
    std::size_t const begin = at_;
    unsigned value = 0;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      value = std::min(value * 10 + static_cast<unsigned>(text_[at_] - '0'), 100'000U);
      ++at_;
    }
    return at_ == begin ? std::nullopt : std::optional(value);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned open_ = 0;
};

// RE2's reason in our words, and where in `text` it is.
refusal reason_of(re2::RE2 const& refused, std::string_view text) {
  std::string const part = refused.error_arg();
  std::size_t const where = part.empty() ? std::string_view::npos : text.rfind(part);
  auto const at = [&](std::size_t otherwise) {
    return where == std::string_view::npos ? otherwise : where;
  };
  switch (refused.error_code()) {
    case re2::RE2::ErrorMissingParen:
      return {"')' is missing", text.size()};
    case re2::RE2::ErrorMissingBracket:
      return {"']' is missing, or [ ] is empty; write \\[ for the character", at(0)};
    case re2::RE2::ErrorTrailingBackslash:
      return {"it ends in a backslash", text.size() - 1};
    case re2::RE2::ErrorBadEscape:
      return {fmt::format("'{}' is not offered; only \\d \\w \\s \\b \\t and punctuation", part),
              at(0)};
    case re2::RE2::ErrorBadCharRange:
      return {"a range in [ ] runs from a lower to a higher character", at(0)};
    case re2::RE2::ErrorBadPerlOp:
      return {fmt::format("'{}': look-around and the like are not offered", part), at(0)};
    case re2::RE2::ErrorRepeatSize:
    case re2::RE2::ErrorPatternTooLarge:
      return {"it becomes too large; repeat less", at(0)};
    default:
      return {refused.error(), at(0)};
  }
}

result<pattern> refuse(std::string_view text, refusal const& refused) {
  return recipe_error(fmt::format("'{}' is not a pattern: {} (character {})", text.substr(0, 80),
                                  refused.why, refused.where + 1));
}

}  // namespace

result<pattern> pattern::compile(std::string_view text) {
  if (text.empty()) return refuse(text, {"it is empty, and would match every line", 0});
  if (text.size() > longest_text)
    return refuse(text, {fmt::format("it is longer than {} bytes", longest_text), longest_text});
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(most_memory);
  if (auto const trap = trap_finder(text).find()) return refuse(text, *trap);
  auto compiled =
      std::make_shared<re2::RE2 const>(re2::StringPiece(text.data(), text.size()), options);
  if (!compiled->ok()) return refuse(text, reason_of(*compiled, text));
  pattern out;
  out.text_ = text;
  out.literal_ = text.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
  out.compiled_ = std::move(compiled);
  return out;
}

bool pattern::occurs_in(std::string_view line) const {
  if (literal_) return line.find(text_) != std::string_view::npos;
  return re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *compiled_);
}

}  // namespace wedgehog
