#include "console/signature.hpp"

#include "console/guilt.hpp"
#include "console/stacks.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t longest_slug = 96;

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

// "… in f+0x1/0x2 …" somewhere on the line.
std::string_view named_on(std::string_view line) {
  for (std::size_t at = line.find(" in "); at != std::string_view::npos;
       at = line.find(" in ", at + 1)) {
    std::string_view const rest = line.substr(at + 4);
    std::size_t const length = symbol_length(rest);
    if (length > 0 && rest.substr(length).starts_with("+0x")) return rest.substr(0, length);
  }
  return {};
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
  std::string_view const caller = without_prefix(of.lines.front()).caller;
  bool const sorted = !caller.empty() && row.look != guilt::stalled;
  read_report const read = read_stacks(of.lines, sorted ? caller : std::string_view{});
  captures found;
  std::string_view head_line = of.lines.front();
  // A vague first line was replaced by a later one: match it again to get at its words.
  for (std::string const& text : of.lines)
    if (auto hit = rules.match_line(text); hit && hit->row == &row) {
      found = hit->found;
      head_line = text;
      break;
    }
  std::string_view on_line = found.get("func");
  if (on_line.empty() && row.look == guilt::stack) on_line = named_on(head_line);
  std::string function = guilty_function(row.look, read, on_line);
  if (row.class_word == "lockdep" && row.title.starts_with("BUG: workqueue leaked") &&
      !read.workqueue_function.empty())
    function = read.workqueue_function;
  if (function.empty() && row.look == guilt::blocked) function = read.workqueue_function;
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
    of.signature = signature_of(row.class_word, first + "+" + second, title);
  } else {
    captures filled = found;
    filled.add("access", read.access);
    filled.add("first", read.first_lock);
    filled.add("second", read.second_lock);
    title = title_of(row, filled, function);
    of.head.function = function;
    of.signature = signature_of(row.class_word, function, title);
  }
  of.head.title = title;
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
