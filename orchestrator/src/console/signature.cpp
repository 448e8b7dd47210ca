#include "console/signature.hpp"

#include <algorithm>

#include "console/guilt.hpp"
#include "console/report.hpp"
#include "console/roles.hpp"
#include "console/stacks.hpp"
#include "console/symbol.hpp"
#include "console/title.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t longest_slug = 96;
constexpr std::size_t most_alternatives = 4;
constexpr std::size_t lines_with_other_words = 200;

std::string slug(std::string_view text) {
  std::string out;
  for (char const c : text) {
    char const lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_letter(lower) || is_digit(lower) || lower == '_') {
      out.push_back(lower);
    } else if (!out.empty() && out.back() != '-') {
      out.push_back('-');
    }
    if (out.size() >= longest_slug) break;
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

void replace(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

// "… in f+0x1/0x2 …" or "… in f (fs/x.c:12) …" somewhere on the line.
std::string_view named_on(std::string_view line) {
  for (std::size_t at = line.find(" in "); at != std::string_view::npos;
       at = line.find(" in ", at + 1)) {
    std::string_view const rest = line.substr(at + 4);
    std::size_t const length = symbol_length(rest);
    std::string_view const place = rest.substr(length);
    if (length > 0 && (place.starts_with("+0x") || position_length(place) > 0))
      return rest.substr(0, length);
  }
  return {};
}
}  // namespace

namespace {
// FreeBSD's, DragonFly's, and those that a crash dump's debugger shows of the panic's thread.
constexpr std::string_view printed_with_panics[] = {"KDB: stack backtrace",
                                                    "Trace beginning at frame",
                                                    "panic[cpu",
                                                    "$C",
                                                    "$c",
                                                    "::stack",
                                                    "kgdb",
                                                    "Call Trace"};

std::string_view name_word(rule const& row) {
  return row.name_word.empty() ? row.class_word : row.name_word;
}

bool wants_function(rule const& row) {
  return row.title.find("{func}") != std::string_view::npos;
}

// Without a stack that the kernel was sure of, or with text of others in it, the function may be
// anybody's.
bool is_corrupted(rule const& row, read_report const& read, report const& of) {
  if (!wants_function(row) || row.look == guilt::race) return false;
  if (of.head.function.empty() || of.mixed) return true;
  bool const any_stack = std::any_of(read.stacks.begin(), read.stacks.end(), [](stack const& s) {
    return s.kind != stack_kind::other &&
           std::any_of(s.frames.begin(), s.frames.end(),
                       [](frame const& f) { return !f.unsure && !f.program_counter; });
  });
  return !any_stack && read.lock_sites.empty();
}

// Under what else the same event may be known: after who called the function (a compiler may have
// put one into the other), and in the words that the kernel ended with.
std::vector<std::string> other_names(rule const& row, classifier const& rules,
                                     read_report const& read, report const& of) {
  std::vector<std::string> out;
  auto const add = [&](std::string name) {
    if (out.size() < most_alternatives && name != of.signature &&
        std::find(out.begin(), out.end(), name) == out.end())
      out.push_back(std::move(name));
  };
  if (row.look == guilt::words && !of.head.function.empty())
    add(signature_of(name_word(row), of.head.function, {}));
  if (wants_function(row) && row.look != guilt::race && !of.head.function.empty())
    if (std::string const caller = caller_of(row.look, read, of.head.function); !caller.empty())
      add(signature_of(name_word(row), caller, {}));
  std::size_t looked = 0;
  for (said_line const& one : of.lines) {
    if (++looked > lines_with_other_words) break;
    auto const hit = rules.match_line(one.text);
    if (!hit || hit->row == &row || hit->row->level < severity::warning) continue;
    std::string const function = wants_function(*hit->row) ? of.head.function : std::string();
    add(signature_of(name_word(*hit->row), function, title_of(*hit->row, hit->found, function)));
  }
  return out;
}

// A panic's words are followed by the stack that the kernel prints with them. What a person asks a
// debugger for later may be anybody's, unless the panic itself stands in it.
void keep_printed_stacks(read_report& read) {
  std::erase_if(read.stacks, [](stack const& s) {
    bool const has_the_panic = std::any_of(s.frames.begin(), s.frames.end(), [](frame const& f) {
      return !f.unsure && ending().contains(f.function);
    });
    return !has_the_panic &&
           std::none_of(std::begin(printed_with_panics), std::end(printed_with_panics),
                        [&](std::string_view label) { return s.label.starts_with(label); });
  });
}
}  // namespace

std::string signature_of(std::string_view class_word, std::string_view function,
                         std::string_view title) {
  std::string out(class_word);
  out.push_back('/');
  out += function.empty() ? slug(title) : std::string(function);
  return out;
}

void sign(rule const& row, classifier const& rules, report& of) {
  // Other tasks' lines between this one's are not its stack; a stall asks other CPUs to print
  // theirs.
  std::string_view const caller = of.lines.front().caller;
  bool const sorted = !caller.empty() && row.look != guilt::stalled;
  read_report read = read_stacks(of.lines, sorted ? caller : std::string_view{});
  if (read.stacks.empty() && !of.before.empty()) read.stacks = read_stacks(of.before).stacks;
  captures found;
  std::string_view head_line = of.lines.front().text;
  // A vague first line was replaced by a later one: match it again to get at its words.
  for (said_line const& one : of.lines)
    if (auto hit = rules.match_line(one.text); hit && hit->row == &row) {
      found = hit->found;
      head_line = one.text;
      break;
    }
  std::string_view on_line = found.get("func");
  if (on_line.empty() && row.look == guilt::stack) on_line = named_on(head_line);
  if (on_line.empty() && row.class_word == "assert") on_line = read.asserting_function;
  if (row.look == guilt::words) keep_printed_stacks(read);
  std::string function = guilty_function(row.look, read, on_line);
  if (row.class_word == "lockdep" && row.title.starts_with("BUG: workqueue leaked") &&
      !read.workqueue_function.empty())
    function = read.workqueue_function;
  if (function.empty() && (row.look == guilt::blocked || row.look == guilt::stalled))
    function = read.workqueue_function;
  if (row.look == guilt::none) function.clear();

  std::string title;
  if (row.look == guilt::race) {
    std::string first = plain_function(found.get("func"));
    std::string second = plain_function(found.get("func2"));
    if (second < first) std::swap(first, second);
    captures both;
    both.add("func2", second);
    title = title_of(row, both, first);
    of.head.function.clear();
    of.signature = signature_of(name_word(row), first + "+" + second, title);
  } else {
    captures filled = found;
    filled.add("access", read.access);
    filled.add("first", read.first_lock);
    filled.add("second", read.second_lock);
    title = title_of(row, filled, function);
    of.head.function = function;
    bool const by_words = row.look == guilt::words;
    of.signature = signature_of(name_word(row), by_words ? std::string() : function, title);
  }
  of.head.title = title;
  of.head.class_word = row.class_word;
  of.corrupted = is_corrupted(row, read, of);
  of.alternatives = other_names(row, rules, read, of);
  of.type = row.type;
  replace(of.type, "{ACCESS}", upper(read.access));
  replace(of.type, "{CLASS}", upper(found.get("class")));
  while (of.type.ends_with('-')) of.type.pop_back();
}

report const* first_failure(std::vector<report> const& reports) {
  for (auto const& r : reports)
    if (r.head.level >= severity::warning) return &r;
  return nullptr;
}

}  // namespace wedgehog::console
