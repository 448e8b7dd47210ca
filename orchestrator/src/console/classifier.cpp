#include "console/classifier.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <deque>
#include <numeric>

#include "base/ensure.hpp"
#include "console/text.hpp"
#include "console/title.hpp"

namespace wedgehog::console {

namespace {
// A line with more beginnings of patterns than this is made for it; the first ones decide.
constexpr std::size_t most_tries = 64;
}  // namespace

system system_of(std::string_view os) {
  system found = system::any;
  if (os == "freebsd" || os == "netbsd" || os == "openbsd") return system::bsd;
  (void)parse_name(os, found);
  return found;
}

// One RE2::Set over the coarse forms of all rules says which may match; their exact forms decide.
class classifier::tables {
 public:
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
    re2::RE2::Options options;
    options.set_encoding(re2::RE2::Options::EncodingLatin1);
    options.set_dot_nl(true);
    options.set_log_errors(false);
    options.set_max_mem(most_memory);
    set_ = std::make_unique<re2::RE2::Set>(options, re2::RE2::UNANCHORED);
    for (auto const& one : patterns_)
      ensure(set_->Add(one.coarse_expression(), nullptr) >= 0, "a coarse form is an expression");
    ensure(set_->Compile(), "the console tables fit into the memory that they may take");
  }

  [[nodiscard]] bool any(std::string_view line) const {
    re2::RE2::Set::ErrorInfo failure{};
    return set_->Match({line.data(), line.size()}, nullptr, &failure) ||
           failure.kind == re2::RE2::Set::kOutOfMemory;
  }

  // The rules that may match, the first first. A line made to exhaust the set's memory makes all of
  // them candidates, and their first texts decide.
  [[nodiscard]] std::vector<int> candidates(std::string_view line) const {
    std::vector<int> out;
    re2::RE2::Set::ErrorInfo failure{};
    bool const found = set_->Match({line.data(), line.size()}, &out, &failure);
    if (!found && failure.kind == re2::RE2::Set::kOutOfMemory) {
      out.resize(patterns_.size());
      std::iota(out.begin(), out.end(), 0);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  [[nodiscard]] rule const& row(int i) const { return rows_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] pattern const& compiled(int i) const {
    return patterns_[static_cast<std::size_t>(i)];
  }

 private:
  static constexpr int most_memory = 16 << 20;  // taken as lines need it; a calm guest's need 1

  std::vector<rule> rows_;
  std::vector<pattern> patterns_;
  std::deque<std::string> owned_;
  std::unique_ptr<re2::RE2::Set> set_;
};

namespace {
std::shared_ptr<classifier::tables> built_in(system which,
                                             std::shared_ptr<classifier::tables> made) {
  bool const any = which == system::any;
  made->add_table(program_rules());
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

namespace {
// "frobd: panic: …" is what frobd says, "login: panic: …" the kernel over a prompt.
bool is_said_by_a_program(std::string_view before) {
  return before.ends_with(": ") && !before.ends_with("login: ");
}

bool may_begin_at(pattern const& candidate, printed_line const& line, std::size_t at) {
  std::string_view const words = line.words;
  if (candidate.anchored()) {
    std::size_t const cut = words.size() - line.body.size();
    std::size_t const body = std::min(words.find_first_not_of(' ', cut), words.size());
    return at == body || at == 0;
  }
  if (!candidate.starts_word() || at == 0) return true;
  char const before = words[at - 1];
  return !is_letter(before) && before != '_' && before != '.' &&
         !is_said_by_a_program(words.substr(0, at));
}
}  // namespace

bool classifier::may_match(std::string_view line) const {
  return tables_->any(line);
}

std::optional<classifier::match> classifier::match_line(std::string_view line) const {
  if (!may_match(line)) return std::nullopt;
  return match_words(without_prefix(line));
}

std::optional<classifier::match> classifier::match_words(printed_line const& line) const {
  if (line.program) return std::nullopt;
  std::size_t tries = 0;
  bool const about_process = names_a_process(line.words);
  match hit{};
  for (int const i : tables_->candidates(line.words)) {
    hit.row = &tables_->row(i);
    // "frobd[9]: segfault at …" is the kernel about a program; anything worse is the program.
    if (about_process && hit.row->level >= severity::warning) continue;
    pattern const& candidate = tables_->compiled(i);
    std::string const& first = candidate.first_text();
    for (std::size_t at = line.words.find(first);
         at != std::string_view::npos && tries < most_tries;
         at = line.words.find(first, at + 1), ++tries)
      if (may_begin_at(candidate, line, at) && candidate.match_at(line.words, at, hit.found))
        return hit;
  }
  return std::nullopt;
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
  out.time = without_prefix(line).stamp;
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

}  // namespace wedgehog::console
