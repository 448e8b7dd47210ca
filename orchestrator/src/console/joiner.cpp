#include "console/joiner.hpp"

#include <algorithm>
#include <utility>

#include "console/frame.hpp"
#include "console/symbol.hpp"

namespace wedgehog::console {

namespace {
// A longer line among so many shorter ones is another program's: the width is theirs again.
constexpr std::uint64_t forgotten_after = 300;

// What a reader of reports would take from a line.
struct extract {
  rule const* row = nullptr;
  std::string caught;      // what differs when a name was cut
  std::string rest;        // the text up to the end of the line
  std::string function;    // of a stack frame
  std::string other_name;  // of a lock's place, of a work item
  friend bool operator==(extract const&, extract const&) = default;
};

constexpr unsigned longest_frame = 12;  // lines of a debugger's frame

bool is_open_frame(std::string_view line) {
  if (line.size() < 2 || line[0] != '#' || !is_digit(line[1])) return false;
  return std::count(line.begin(), line.end(), '(') > std::count(line.begin(), line.end(), ')');
}

constexpr std::size_t longest_leftover = 6;

// "… /mnt/src/github.com/goo" and "gle/sys/kern/x.c:316".
bool is_path_cut(std::string_view line, std::string_view rest) {
  std::string_view const last = line.substr(line.find_last_of(' ') + 1);
  std::string_view const first = rest.substr(0, rest.find(' '));
  return last.find('/') != std::string_view::npos && (first.find('/') != std::string_view::npos ||
                                                      first.find(".c:") != std::string_view::npos ||
                                                      first.find(".h:") != std::string_view::npos);
}

// One that is not the last and writes no character ("=3D", "=C2").
bool has_equal_sign(std::string_view line) {
  auto const is_upper_hex = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'F'); };
  for (std::size_t at = line.find('='); at != std::string_view::npos; at = line.find('=', at + 1)) {
    std::string_view const behind = line.substr(at + 1);
    bool const writes = behind.size() >= 2 && is_upper_hex(behind[0]) && is_upper_hex(behind[1]);
    if (!writes && !behind.empty()) return true;
  }
  return false;
}

std::string name_behind(std::string_view body, std::string_view mark) {
  std::size_t const at = body.find(mark);
  if (at == std::string_view::npos) return {};
  std::string_view place = trimmed(body.substr(at + mark.size()));
  skip_address(place);
  return plain_function(place);
}

extract extract_from(classifier const& rules, std::string_view line) {
  extract out;
  printed_line const words = without_prefix(line);
  if (rules.may_match(line))
    if (auto const hit = rules.match_words(words)) {
      out.row = hit->row;
      for (capture const& one : hit->found)
        (one.name.starts_with("text") ? out.rest : out.caught) += std::string(one.text) + '\n';
    }
  if (auto const found = read_frame(words.body))
    out.function = found->function + (found->past_end ? "?" : "");
  for (std::string_view const mark : {", at: ", "last function: "})
    if (out.other_name.empty()) out.other_name = name_behind(words.body, mark);
  if (std::string_view const body = trimmed(words.body); body.starts_with("Workqueue: "))
    out.other_name = std::string(body);
  else if (body.starts_with("task:"))  // all its fields, or fewer
    for (std::string_view const field : {" state:", " pid:", " ppid:", " flags:0x"})
      if (body.find(field) != std::string_view::npos) out.other_name += field;
  return out;
}
}  // namespace

void line_joiner::learn_width(std::size_t length) {
  if (length > width_ || ++since_ > forgotten_after) {
    width_ = std::max(length, narrowest);
    so_long_ = 0;
    since_ = 0;
  }
  if (length == width_) {
    ++so_long_;
    since_ = 0;
  }
}

bool line_joiner::proves_one_line(std::string_view rest) const {
  printed_line const second = without_prefix(rest);
  if (second.begins || second.program) return false;
  extract const alone = extract_from(rules_, rest);
  // Where every line begins with a time, one that does not goes on with the line before it, if that
  // is as wide as the terminal.
  bool const stamped = last_piece_ == width_ && without_prefix(held_).begins;
  if (stamped && alone.row == nullptr && !is_boot_banner(rest)) return true;
  extract const before = extract_from(rules_, held_);
  extract const both = extract_from(rules_, held_ + std::string(rest));
  if (both == before) return false;
  // The second line may look like a frame of its own: the end of the name that was cut.
  if (both.function != before.function)
    return !both.function.empty() && both.function.ends_with(alone.function);
  if (both.other_name != before.other_name && !both.other_name.empty()) return true;
  if (both.row == nullptr || both.row == alone.row) return false;
  if (both.row != before.row || both.caught != before.caught) return true;
  // Only the rest of a sentence grew: a word that is cut, at the width of many lines or so that
  // only its last letters or a path's end are left.
  bool const cut_word = held_.back() != ' ' && rest[0] != ' ';
  return cut_word && last_piece_ == width_ && alone.row == nullptr && alone.function.empty() &&
         (so_long_ > 1 || rest.size() <= longest_leftover || is_path_cut(held_, rest));
}

// A mail in the form in which it is sent ("quoted-printable") has no line of more than 76 columns,
// and no "=" of its own: each is written "=3D".
bool line_joiner::take_soft_break(text_line& said) {
  constexpr std::size_t widest = 76;
  std::size_t const length = said.text.size();
  has_equal_signs_ = has_equal_signs_ || has_equal_sign(said.text);
  if (!sent_.empty()) {
    bool const another = has_equal_signs_ || without_prefix(said.text).begins;
    whole_ = std::exchange(sent_, {});
    if (another) {
      whole_ += '=';
      place({whole_, sent_number_, false});
    } else {
      said.text = whole_ += said.text;
      said.number = sent_number_;
    }
  }
  bool const goes_on = !has_equal_signs_ && said.text.ends_with('=') &&
                       length >= wrapped_sentence::shortest_line && length <= widest &&
                       said.text.size() <= line_reader::longest_line;
  if (!goes_on) return false;
  sent_ = said.text.substr(0, said.text.size() - 1);
  sent_number_ = said.number;
  return true;
}

bool line_joiner::take_fragment(text_line said) {
  std::size_t const level = said.text.find_first_not_of("0123456789");  // "4,901,…;"
  if (level == 0 || level > 3 || said.text[level] != ',') return false;
  printed_line const words = without_prefix(said.text);
  if (!words.continues && !words.unfinished) return false;
  if (words.continues && !held_.empty()) {
    if (held_.size() + words.words.size() <= line_reader::longest_line) held_ += words.words;
  } else {
    release();
    hold(said);
  }
  fragment_ = words.unfinished;
  if (!fragment_) release();
  return true;
}

// kgdb breaks a frame's arguments: "#14 0xf… in panic (", and the next lines are indented.
bool line_joiner::take_debugger_frame(text_line said) {
  if (debugger_lines_ == 0) {
    if (!is_open_frame(said.text)) return false;
    release();
    hold(said);
    debugger_lines_ = 1;
    return true;
  }
  bool const goes_on = said.text.starts_with("  ") && debugger_lines_ < longest_frame &&
                       held_.size() + said.text.size() <= line_reader::longest_line;
  if (!goes_on) {
    release();
    return take_debugger_frame(said);
  }
  bool const opened = held_.ends_with('(');
  if (!opened) held_ += ' ';
  held_ += trimmed(said.text);
  if (!is_open_frame(held_) || ++debugger_lines_ == longest_frame) release();
  return true;
}

void line_joiner::hold(text_line said) {
  held_ = said.text;
  number_ = said.number;
  perhaps_continued_ = said.perhaps_continued;
  last_piece_ = said.text.size();
}

void line_joiner::take(text_line said) {
  if (!take_soft_break(said)) place(said);
}

void line_joiner::place(text_line said) {
  if (take_fragment(said) || take_debugger_frame(said)) return;
  if (fragment_) release();
  learn_width(said.text.size());
  if (!held_.empty()) {
    bool const fits = said.text.size() <= last_piece_ &&
                      held_.size() + said.text.size() <= line_reader::longest_line;
    if (fits && proves_one_line(said.text)) {
      held_ += said.text;
      last_piece_ = said.text.size();
      if (last_piece_ < width_) release();
      return;
    }
    said.perhaps_continued =
        last_piece_ == width_ && without_prefix(held_).begins && !without_prefix(said.text).begins;
    release();
  }
  if (said.text.size() >= narrowest && said.text.size() == width_)
    hold(said);
  else
    lines_(said);
}

void line_joiner::release() {
  fragment_ = false;
  debugger_lines_ = 0;
  if (held_.empty()) return;
  std::string const whole = std::exchange(held_, {});
  lines_({whole, number_, perhaps_continued_});
}

void line_joiner::finish() {
  if (!sent_.empty()) {
    std::string const last = std::exchange(sent_, {}) + "=";
    place({last, sent_number_, false});
  }
  release();
}

bool wrapped_sentence::take(text_line said, printed_line const& words, bool matched) {
  std::string_view const piece = trimmed(words.words);
  bool const continues = lines_ > 0 && lines_ < most_lines && !matched && !words.begins &&
                         (stamped_ || last_length_ >= shortest_line) && !piece.empty() &&
                         text_.size() + piece.size() < longest && !read_frame(piece);
  last_length_ = said.text.size();
  if (!continues) {
    lines_ = matched ? 0 : 1;
    if (lines_ > 0) text_ = said.text.substr(0, longest);
    number_ = said.number;
    stamped_ = words.begins;
    return false;
  }
  ++lines_;
  text_.append(" ").append(piece);
  auto const hit = rules_.match_line(text_);
  // "WARNING: … at x.c:12" is also what a compiler says of two lines, "kernel panic:" what people
  // write before they quote one.
  if (!hit || hit->row->level < severity::warning || hit->row->class_word == "warning" ||
      hit->row->panic_of_any)
    return false;
  lines_ = 0;
  return true;
}

}  // namespace wedgehog::console
