#include "base/pattern.hpp"

#include <fmt/format.h>

#include <cctype>
#include <memory>
#include <optional>

namespace wedgehog {
namespace {

constexpr std::size_t longest_text = 1024;
constexpr std::size_t longest_program = 5000;
constexpr std::uint32_t most_repetitions = 100;
constexpr int deepest_nesting = 10;

bool is_word_byte(unsigned char byte) {
  return std::isalnum(byte) != 0 || byte == '_';
}

struct refusal {
  std::string why;
  std::size_t where;
};

}  // namespace

// One pass of recursive descent that emits the program as it reads. A repeated piece is emitted
// again from its text, so that counted repetition needs no tree.
class pattern_compiler {
 public:
  explicit pattern_compiler(std::string_view text) : text_(text) {}

  pattern compile() {
    if (text_.empty()) refuse("it is empty, and would match every line");
    if (text_.size() > longest_text)
      refuse(fmt::format("it is longer than {} bytes", longest_text));
    alternatives(0);
    if (at_ < text_.size()) refuse("')' closes nothing; write \\) for the character");
    emit({pattern::operation::matched});
    out_.text_ = text_;
    out_.literal_ = text_.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
    return std::move(out_);
  }

 private:
  using operation = pattern::operation;

  [[noreturn]] void refuse(std::string why) const { throw refusal{std::move(why), at_}; }

  [[nodiscard]] bool more() const { return at_ < text_.size(); }
  [[nodiscard]] char next() const { return text_[at_]; }

  std::uint32_t here() const { return static_cast<std::uint32_t>(out_.program_.size()); }

  std::uint32_t emit(pattern::instruction what) {
    if (out_.program_.size() >= longest_program) refuse("it becomes too large; repeat less");
    out_.program_.push_back(what);
    return here() - 1;
  }

  void emit_class(pattern::byte_class const& bytes) {
    out_.classes_.push_back(bytes);
    emit({operation::byte_of, static_cast<std::uint32_t>(out_.classes_.size() - 1)});
  }

  // a|b|c: fork a (fork b c), each but the last jumping to the end.
  void alternatives(int depth) {
    if (depth > deepest_nesting) refuse("its groups are nested too deeply");
    std::vector<std::uint32_t> to_the_end;
    while (true) {
      std::uint32_t const fork = emit({operation::fork});
      sequence(depth);
      if (!more() || next() != '|') {
        out_.program_[fork] = {operation::jump, fork + 1};
        break;
      }
      ++at_;
      to_the_end.push_back(emit({operation::jump}));
      out_.program_[fork] = {operation::fork, fork + 1, here()};
    }
    for (auto const jump : to_the_end) out_.program_[jump].first = here();
  }

  void sequence(int depth) {
    while (more() && next() != '|' && next() != ')') piece(depth);
  }

  struct repetition {
    std::uint32_t least = 1;
    std::optional<std::uint32_t> most = 1;
  };

  // Reads the piece once to find its end and its quantifier, forgets what that emitted, and emits
  // it as often as needed.
  void piece(int depth) {
    std::size_t const begin = at_;
    auto const program_size = out_.program_.size();
    auto const classes_size = out_.classes_.size();
    bool const repeatable = atom(depth);
    std::size_t const quantifier_at = at_;
    auto const times = quantifier();
    std::size_t const end = at_;
    if (end == quantifier_at) return;
    if (!repeatable) {
      at_ = quantifier_at;
      refuse("there is nothing to repeat here");
    }
    out_.program_.resize(program_size, {operation::matched});
    out_.classes_.resize(classes_size);
    auto const again = [&] {
      at_ = begin;
      atom(depth);
    };
    for (std::uint32_t i = 0; i < times.least; ++i) again();
    if (!times.most) {
      std::uint32_t const fork = emit({operation::fork});
      again();
      emit({operation::jump, fork});
      out_.program_[fork] = {operation::fork, fork + 1, here()};
    } else {
      std::vector<std::uint32_t> forks;
      for (std::uint32_t i = times.least; i < *times.most; ++i) {
        forks.push_back(emit({operation::fork}));
        again();
      }
      for (auto const fork : forks) out_.program_[fork] = {operation::fork, fork + 1, here()};
    }
    at_ = end;
  }

  // Whether what was read may be repeated.
  bool atom(int depth) {
    char const c = next();
    switch (c) {
      case '(':
        ++at_;
        if (text_.substr(at_).starts_with("?:"))
          at_ += 2;
        else if (more() && next() == '?')
          refuse("look-around and named groups are not offered; only ( ) and (?: )");
        alternatives(depth + 1);
        if (!more()) refuse("')' is missing");
        ++at_;
        return true;
      case '[':
        emit_class(bracket());
        return true;
      case '\\':
        return escape_atom();
      case '^':
        ++at_;
        emit({operation::at_begin});
        return false;
      case '$':
        ++at_;
        emit({operation::at_end});
        return false;
      case '.': {
        ++at_;
        emit_class(pattern::byte_class().set());
        return true;
      }
      case '*':
      case '+':
      case '?':
      case '{':
        refuse(fmt::format("there is nothing to repeat here; write \\{} for the character", c));
      default: {
        ++at_;
        pattern::byte_class one;
        one.set(static_cast<unsigned char>(c));
        emit_class(one);
        return true;
      }
    }
  }

  bool escape_atom() {
    if (text_.substr(at_).starts_with("\\b")) {
      at_ += 2;
      emit({operation::at_border});
      return false;
    }
    emit_class(escaped());
    return true;
  }

  // At a backslash: the bytes it stands for.
  pattern::byte_class escaped() {
    std::size_t const begin = at_++;
    if (!more()) refuse("it ends in a backslash");
    char const c = next();
    pattern::byte_class bytes;
    auto const fill = [&](auto const& belongs) {
      for (unsigned i = 0; i < 256; ++i)
        if (belongs(static_cast<unsigned char>(i))) bytes.set(i);
    };
    switch (c) {
      case 'd':
      case 'D':
        fill([](unsigned char byte) { return std::isdigit(byte) != 0; });
        break;
      case 'w':
      case 'W':
        fill(is_word_byte);
        break;
      case 's':
      case 'S':
        fill([](unsigned char byte) { return std::isspace(byte) != 0; });
        break;
      case 't':
        bytes.set('\t');
        break;
      default:
        if (std::ispunct(static_cast<unsigned char>(c)) == 0) {
          at_ = begin;
          refuse(fmt::format("'\\{}' is not offered; only \\d \\w \\s \\b \\t and punctuation", c));
        }
        bytes.set(static_cast<unsigned char>(c));
    }
    if (c == 'D' || c == 'W' || c == 'S') bytes.flip();
    ++at_;
    return bytes;
  }

  pattern::byte_class bracket() {
    std::size_t const begin = at_++;
    bool const inverted = more() && next() == '^';
    if (inverted) ++at_;
    pattern::byte_class bytes;
    bool empty = true;
    while (more() && next() != ']') {
      empty = false;
      auto const low = member();
      if (low.count() == 1 && more() && next() == '-' && at_ + 1 < text_.size() &&
          text_[at_ + 1] != ']') {
        ++at_;
        auto const high = member();
        if (high.count() != 1 || high._Find_first() < low._Find_first())
          refuse("a range in [ ] runs from a lower to a higher character");
        for (auto i = low._Find_first(); i <= high._Find_first(); ++i) bytes.set(i);
      } else {
        bytes |= low;
      }
    }
    if (!more() || empty) {
      at_ = begin;
      refuse(empty ? "[ ] is empty; write \\] for the character" : "']' is missing");
    }
    ++at_;
    return inverted ? ~bytes : bytes;
  }

  pattern::byte_class member() {
    if (next() == '\\') return escaped();
    pattern::byte_class one;
    one.set(static_cast<unsigned char>(text_[at_++]));
    return one;
  }

  repetition quantifier() {
    if (!more()) return {};
    repetition times;
    switch (next()) {
      case '*':
        times = {0, std::nullopt};
        break;
      case '+':
        times = {1, std::nullopt};
        break;
      case '?':
        times = {0, 1};
        break;
      case '{':
        times = braces();
        break;
      default:
        return times;
    }
    ++at_;
    if (more() && std::string_view("*+?{").find(next()) != std::string_view::npos)
      refuse("one quantifier follows another; lazy ones are not offered");
    return times;
  }

  // Leaves at_ on the closing brace.
  repetition braces() {
    ++at_;
    repetition times;
    times.least = number();
    times.most = times.least;
    if (more() && next() == ',') {
      ++at_;
      if (more() && next() == '}')
        times.most.reset();
      else
        times.most = number();
    }
    if (!more() || next() != '}')
      refuse("'{' begins {n}, {n,} or {n,m}; write \\{ for the character");
    if (times.most && (*times.most < times.least || *times.most == 0))
      refuse("{n,m} counts from n up to m, and m is at least 1");
    return times;
  }

  std::uint32_t number() {
    std::size_t const begin = at_;
    std::uint32_t value = 0;
    while (more() && std::isdigit(static_cast<unsigned char>(next())) != 0 && value <= 1000)
      value = value * 10 + static_cast<std::uint32_t>(text_[at_++] - '0');
    if (at_ == begin) refuse("'{' begins {n}, {n,} or {n,m}; write \\{ for the character");
    if (value > most_repetitions)
      refuse(fmt::format("it repeats more than {} times", most_repetitions));
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  pattern out_;
};

result<pattern> pattern::compile(std::string_view text) {
  try {
    return pattern_compiler(text).compile();
  } catch (refusal const& refused) {
    return recipe_error(fmt::format("'{}' is not a pattern: {} (character {})", text.substr(0, 80),
                                    refused.why, refused.where + 1));
  }
}

// Adds to `states` every byte_of and matched that can be reached from `start` without a byte.
void pattern::follow(std::uint32_t start, std::string_view line, std::size_t position,
                     std::vector<std::uint32_t>& states, std::vector<std::size_t>& seen) const {
  std::vector<std::uint32_t> open{start};
  while (!open.empty()) {
    std::uint32_t const at = open.back();
    open.pop_back();
    if (seen[at] == position + 1) continue;
    seen[at] = position + 1;
    auto const& what = program_[at];
    bool const word_before =
        position > 0 && is_word_byte(static_cast<unsigned char>(line[position - 1]));
    bool const word_after =
        position < line.size() && is_word_byte(static_cast<unsigned char>(line[position]));
    switch (what.what) {
      case operation::byte_of:
      case operation::matched:
        states.push_back(at);
        break;
      case operation::fork:
        open.push_back(what.second);
        [[fallthrough]];
      case operation::jump:
        open.push_back(what.first);
        break;
      case operation::at_begin:
        if (position == 0) open.push_back(at + 1);
        break;
      case operation::at_end:
        if (position == line.size()) open.push_back(at + 1);
        break;
      case operation::at_border:
        if (word_before != word_after) open.push_back(at + 1);
        break;
    }
  }
}

bool pattern::occurs_in(std::string_view line) const {
  if (literal_) return line.find(text_) != std::string_view::npos;
  std::vector<std::uint32_t> states;
  std::vector<std::uint32_t> following;
  std::vector<std::size_t> seen(program_.size(), 0);
  for (std::size_t position = 0; position <= line.size(); ++position) {
    follow(0, line, position, states, seen);  // it may begin at every position
    for (auto const at : states)
      if (program_[at].what == operation::matched) return true;
    if (position == line.size()) break;
    following.clear();
    for (auto const at : states)
      if (classes_[program_[at].first].test(static_cast<unsigned char>(line[position])))
        follow(at + 1, line, position + 1, following, seen);
    std::swap(states, following);
  }
  return false;
}

}  // namespace wedgehog
