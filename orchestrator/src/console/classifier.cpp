#include "console/classifier.hpp"

#include <algorithm>
#include <array>
#include <deque>

#include "base/ensure.hpp"
#include "console/text.hpp"

namespace wedgehog::console {

namespace {
constexpr std::array severity_names{"harmless", "info", "warning", "oops", "fatal"};
constexpr std::array system_names{"any", "linux", "dragonfly", "illumos", "bsd"};
constexpr std::size_t longest_title = 160;
// A line that hits more first texts than this is made for it; the first ones decide.
constexpr std::size_t most_hits = 64;

template <class Names, class Enum>
bool find_name(Names const& names, std::string_view name, Enum& out) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) {
      out = static_cast<Enum>(i);
      return true;
    }
  return false;
}
}  // namespace

std::string_view name_of(severity level) {
  return severity_names[static_cast<std::size_t>(level)];
}
bool parse_name(std::string_view name, severity& out) {
  return find_name(severity_names, name, out);
}
std::string_view name_of(system which) {
  return system_names[static_cast<std::size_t>(which)];
}
bool parse_name(std::string_view name, system& out) {
  return find_name(system_names, name, out);
}
system system_of(std::string_view os) {
  system found = system::any;
  if (os == "freebsd" || os == "netbsd" || os == "openbsd") return system::bsd;
  (void)parse_name(os, found);
  return found;
}

// An Aho-Corasick automaton over the first texts of all rules.
class classifier::tables {
 public:
  struct hit {
    std::size_t rule;
    std::size_t at;
  };

  void add(rule row, pattern compiled) {
    rows_.push_back(row);
    patterns_.push_back(std::move(compiled));
  }

  result<void> add_user(user_rule const& extra) {
    auto compiled = pattern::parse(extra.pattern);
    if (!compiled) return compiled.error();
    owned_.push_back("user: " + extra.pattern);
    add({.pattern = owned_.back(),
         .level = extra.level,
         .class_word = "user",
         .title = owned_.back()},
        std::move(*compiled));
    return {};
  }

  void add_table(std::span<rule const> table) {
    for (rule const& row : table) {
      auto compiled = pattern::parse(row.pattern);
      ensure(compiled.has_value(), "a built-in console pattern can be read");
      add(row, std::move(*compiled));
    }
  }

  void compile() {
    nodes_.assign(1, {});
    for (std::size_t i = 0; i < patterns_.size(); ++i) insert(patterns_[i].first_text(), i);
    link();
  }

  // Calls `each` with every place where a rule's first text ends, in the order of the line.
  template <class Each>
  void scan(std::string_view line, Each&& each) const {
    std::uint32_t state = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      state = nodes_[state].next[index_of(line[i])];
      for (std::uint32_t s = nodes_[state].ends ? state : nodes_[state].report; s != 0;
           s = nodes_[s].report)
        for (std::size_t const r : outputs_[nodes_[s].ends - 1])
          if (!each(hit{r, i + 1 - patterns_[r].first_text().size()})) return;
    }
  }

  [[nodiscard]] rule const& row(std::size_t i) const { return rows_[i]; }
  [[nodiscard]] pattern const& compiled(std::size_t i) const { return patterns_[i]; }

 private:
  static constexpr std::size_t alphabet = 96;  // printable ASCII, and one for the rest
  struct node {
    std::array<std::uint32_t, alphabet> next{};
    std::uint32_t fail = 0;
    std::uint32_t report = 0;  // the nearest shorter text that ends here too
    std::uint32_t ends = 0;    // 1 + index in outputs_, 0 for none
  };

  static std::size_t index_of(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f ? byte - 0x20u : alphabet - 1;
  }

  void insert(std::string const& text, std::size_t rule_index) {
    std::uint32_t at = 0;
    for (char const c : text) {
      std::uint32_t next = nodes_[at].next[index_of(c)];
      if (next == 0) {
        next = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
        nodes_[at].next[index_of(c)] = next;
      }
      at = next;
    }
    if (nodes_[at].ends == 0) {
      outputs_.emplace_back();
      nodes_[at].ends = static_cast<std::uint32_t>(outputs_.size());
    }
    outputs_[nodes_[at].ends - 1].push_back(rule_index);
  }

  void link() {
    std::deque<std::uint32_t> waiting;
    for (auto const child : nodes_[0].next)
      if (child != 0) waiting.push_back(child);
    while (!waiting.empty()) {
      std::uint32_t const at = waiting.front();
      waiting.pop_front();
      std::uint32_t const fail = nodes_[at].fail;
      nodes_[at].report = nodes_[fail].ends ? fail : nodes_[fail].report;
      for (std::size_t c = 0; c < alphabet; ++c) {
        std::uint32_t const child = nodes_[at].next[c];
        std::uint32_t const other = nodes_[fail].next[c];
        if (child == 0) {
          nodes_[at].next[c] = other;
        } else {
          nodes_[child].fail = other;
          waiting.push_back(child);
        }
      }
    }
  }

  std::vector<rule> rows_;
  std::vector<pattern> patterns_;
  std::deque<std::string> owned_;
  std::vector<node> nodes_;
  std::vector<std::vector<std::size_t>> outputs_;
};

namespace {
std::shared_ptr<classifier::tables> built_in(system which,
                                             std::shared_ptr<classifier::tables> made) {
  bool const any = which == system::any;
  if (any || which == system::illumos) made->add_table(illumos_rules());
  if (any || which == system::dragonfly) made->add_table(dragonfly_rules());
  if (any || which == system::linux) made->add_table(linux_rules());
  // DragonFly panics in the BSDs' words.
  if (any || which == system::bsd || which == system::dragonfly) made->add_table(bsd_rules());
  made->compile();
  return made;
}

// Compiled when first asked for: they are megabytes, and hundreds of machines share them.
template <system Which>
std::shared_ptr<classifier::tables const> const& shared_tables() {
  static std::shared_ptr<classifier::tables const> const made =
      built_in(Which, std::make_shared<classifier::tables>());
  return made;
}

std::shared_ptr<classifier::tables const> const& tables_of(system which) {
  switch (which) {
    case system::linux:
      return shared_tables<system::linux>();
    case system::dragonfly:
      return shared_tables<system::dragonfly>();
    case system::illumos:
      return shared_tables<system::illumos>();
    case system::bsd:
      return shared_tables<system::bsd>();
    case system::any:
      break;
  }
  return shared_tables<system::any>();
}
}  // namespace

classifier::classifier(system which) : tables_(tables_of(which)) {}

result<classifier> classifier::with(std::vector<user_rule> const& rules, system which) {
  auto made = std::make_shared<tables>();
  for (auto const& extra : rules)
    if (auto added = made->add_user(extra); !added) return added.error();
  return classifier(built_in(which, std::move(made)));
}

std::optional<classifier::match> classifier::match_line(std::string_view line) const {
  std::size_t body = std::string_view::npos;  // found only when an anchored rule asks
  std::optional<match> best;
  std::size_t best_rule = 0;
  std::size_t hits = 0;
  captures found;
  tables_->scan(line, [&](tables::hit h) {
    if (best && h.rule >= best_rule) return ++hits < most_hits;
    pattern const& candidate = tables_->compiled(h.rule);
    if (candidate.anchored()) {
      if (body == std::string_view::npos) {
        std::string_view const words = without_prefix(line).body;
        body = line.size() - words.size();
        while (body < line.size() && line[body] == ' ') ++body;
      }
      if (h.at != body && h.at != 0) return ++hits < most_hits;
    }
    if (candidate.starts_word() && h.at > 0 &&
        (is_letter(line[h.at - 1]) || line[h.at - 1] == '_' || line[h.at - 1] == '.'))
      return ++hits < most_hits;
    if (candidate.match_at(line, h.at, found)) {
      best = match{&tables_->row(h.rule), found};
      best_rule = h.rule;
    }
    return ++hits < most_hits;
  });
  return best;
}

std::optional<finding> classifier::classify(std::string_view line, std::uint64_t number) const {
  auto const hit = match_line(line);
  if (!hit) return std::nullopt;
  finding out;
  out.class_word = hit->row->class_word;
  out.level = hit->row->level;
  out.function = hit->found.get("func");
  out.title = title_of(*hit->row, hit->found, out.function);
  out.line_number = number;
  return out;
}

bool is_boot_banner(std::string_view body) {
  body = trimmed(body);
  return body.starts_with("Linux version ") || body.starts_with("SunOS Release ") ||
         (body.starts_with("Copyright (c)") && body.ends_with("The DragonFly Project."));
}

bool at_debugger_prompt(std::string_view unfinished) {
  std::string_view const text = trimmed(unfinished.substr(0, 64));
  if (text.ends_with("--More--") || text == "db>" || text == "ddb>" || text == "kdb>") return true;
  // OpenBSD on several CPUs "ddb{1}>", Linux' kdb "[0]kdb>", illumos' kmdb "[0]>".
  if (text.starts_with("ddb{") || text.starts_with('['))
    return text.ends_with("}>") || text.ends_with("]kdb>") || text.ends_with("]>");
  return false;
}

std::string without_numbers(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < longest_title;) {
    char const c = text[i];
    bool const word_before = i > 0 && is_word(text[i - 1]);
    if (!word_before && is_hex(c)) {
      std::size_t n = text.substr(i).starts_with("0x") ? 2 : 0;
      std::size_t const digits = n;
      bool letters = false;
      bool figures = false;
      while (i + n < text.size() && is_hex(text[i + n])) {
        figures |= is_digit(text[i + n]);
        letters |= is_letter(text[i + n]);
        ++n;
      }
      bool const ends = i + n >= text.size() || !is_word(text[i + n]) || text[i + n] == '.';
      if (ends && digits == 2 && n > 2) {
        out += "ADDR";
        i += n;
        continue;
      }
      if (ends && figures && (n >= 8 || letters) && n >= 6) {
        out += "ADDR";
        i += n;
        continue;
      }
      if (ends && figures && !letters) {
        out += "NUM";
        i += n;
        continue;
      }
    }
    // "/home/build/src/sys/kern/x.c": the part before the kernel's own tree is the build host's.
    if (c == '/' && !word_before) {
      std::string_view const path = text.substr(i, text.find_first_of(" \"',)", i) - i);
      if (std::size_t const tree = path.rfind("/sys/"); tree != std::string_view::npos) {
        i += tree + 1;
        continue;
      }
    }
    out.push_back(c);
    ++i;
  }
  if (out.size() > longest_title) out.resize(longest_title);
  return std::string(trimmed(out));
}

std::string title_of(rule const& row, captures const& found, std::string_view function) {
  std::string out;
  std::string_view text = row.title;
  while (!text.empty()) {
    std::size_t const open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    std::size_t const close = text.find('}', open);
    std::string_view const name = text.substr(open + 1, close - open - 1);
    if (name == "func" && !function.empty()) {
      out += function;
    } else if (name == "func") {
      if (out.ends_with(" in ")) out.resize(out.size() - 4);
    } else {
      out += without_numbers(found.get(name));
    }
    text.remove_prefix(close + 1);
  }
  if (out.size() > longest_title) out.resize(longest_title);
  // What was not caught leaves gaps.
  for (std::size_t at = out.find("  "); at != std::string::npos; at = out.find("  ", at))
    out.erase(at, 1);
  while (out.ends_with(' ') || out.ends_with(':')) out.pop_back();
  return out;
}

}  // namespace wedgehog::console
