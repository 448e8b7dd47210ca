#include "console/transport.hpp"

#include <algorithm>
#include <array>

#include "console/stamp.hpp"
#include "console/text.hpp"

namespace wedgehog::console {

namespace {
// Prefixes stand at the start: the search for a kernel's stamp behind other text ends here.
constexpr std::size_t searched = 512;

// A place in a line that moves on as prefixes are taken off.
class cursor {
 public:
  explicit cursor(std::string_view rest) : rest_(rest) {}

  [[nodiscard]] std::string_view rest() const { return rest_; }
  void advance(std::size_t n) { rest_.remove_prefix(std::min(n, rest_.size())); }
  void skip_blanks() { advance(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    advance(text.size());
    return true;
  }
  // Up to the next blank, without moving.
  [[nodiscard]] std::string_view word() const { return rest_.substr(0, rest_.find(' ')); }
  std::string_view take_word() {
    std::string_view const out = word();
    advance(out.size());
    skip_blanks();
    return out;
  }

 private:
  std::string_view rest_;
};

// "[ T123]", "[    C0]", "[c1  4711]", "[4:  system_server: 3344]", "(2)[3344:system_server]",
// "c2  4711 ": who printed.
std::size_t caller(std::string_view text) {
  if (text.size() > 4 && text[0] == '(' && is_digit(text[1]) && text.substr(2).starts_with(")[")) {
    std::size_t const close = text.substr(0, longest_bracket).find(']');
    return close == std::string_view::npos || !is_digit(text[4]) ? 0 : close + 1;
  }
  if (text.size() > 4 && text[0] == 'c' && is_digit(text[1]) && text[2] == ' ') {
    std::size_t const number = std::min(text.find_first_not_of(' ', 2), text.size());
    std::size_t const figures = leading_digits(text.substr(number));
    return figures > 0 && text.substr(number + figures).starts_with(' ') ? number + figures : 0;
  }
  if (text.size() < 4 || text[0] != '[') return 0;
  std::size_t const end = text.substr(0, longest_bracket).find(']');
  if (end == std::string_view::npos) return 0;
  std::string_view const inside = trimmed(text.substr(1, end - 1));
  if (inside.size() < 2) return 0;
  bool const tagged = (inside[0] == 'T' || inside[0] == 'C' || inside[0] == 'c') &&
                      is_digit(inside[1]) &&
                      inside.find_first_not_of("0123456789 ", 1) == std::string_view::npos;
  std::size_t const first = inside.find(':');
  std::size_t const last = inside.rfind(':');
  bool const named = is_digit(inside[0]) && first < 4 && last != first && is_digit(inside.back()) &&
                     std::any_of(inside.begin() + static_cast<std::ptrdiff_t>(first),
                                 inside.begin() + static_cast<std::ptrdiff_t>(last), is_letter);
  return tagged || named ? end + 1 : 0;
}

// "<6>", "<118>".
std::size_t level(std::string_view text) {
  if (text.size() < 3 || text[0] != '<') return 0;
  std::size_t const n = leading_digits(text.substr(1));
  return n >= 1 && n <= 3 && 1 + n < text.size() && text[1 + n] == '>' ? n + 2 : 0;
}

constexpr std::array facilities{"kern", "user", "mail", "daemon", "auth",     "syslog",
                                "lpr",  "news", "uucp", "cron",   "authpriv", "ftp"};
constexpr std::array levels{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"};

// "kern.warn ", "<kern.crit> ": what some syslogds put before who speaks.
void skip_facility(cursor& at) {
  std::string_view word = at.word();
  if (word.starts_with('<') && word.ends_with('>')) word = word.substr(1, word.size() - 2);
  std::size_t const dot = word.find('.');
  if (dot == std::string_view::npos || dot + 1 == word.size()) return;
  auto const one_of = [](auto const& list, std::string_view wanted) {
    return std::any_of(list.begin(), list.end(),
                       [&](std::string_view one) { return wanted.starts_with(one); });
  };
  if (one_of(facilities, word.substr(0, dot)) && one_of(levels, word.substr(dot + 1)))
    at.take_word();
}

// dmesg -x: "kern  :warn  : ". The facility, or nothing.
std::string_view decoded_level(cursor& at) {
  std::string_view const rest = at.rest();
  auto const word_of = [&](auto const& list, std::size_t from) -> std::size_t {
    for (std::string_view const word : list)
      if (rest.substr(from).starts_with(word)) {
        std::size_t const blank =
            std::min(rest.find_first_not_of(' ', from + word.size()), rest.size());
        if (rest.substr(blank).starts_with(':')) return blank + 1;
      }
    return 0;
  };
  std::size_t const first = word_of(facilities, 0);
  std::size_t const second = first == 0 ? 0 : word_of(levels, first);
  if (second == 0) return {};
  at.advance(second);
  at.skip(" ");
  return rest.substr(0, rest.find_first_of(" :"));
}

// /dev/kmsg and extended netconsole: "4,901,1234567890,-;", "4,901,12345,-,ncfrag=0/33;",
// "6,416,1758426,-,caller=T1;".
bool kernel_record(cursor& at, printed_line& out) {
  std::string_view const rest = at.rest();
  std::size_t const end = rest.substr(0, 160).find(';');
  if (end == std::string_view::npos || rest.empty() || !is_digit(rest[0])) return false;
  std::string_view fields = rest.substr(0, end);
  std::array<std::string_view, 3> numbers;
  for (auto& number : numbers) {
    std::size_t const comma = fields.find(',');
    if (comma == std::string_view::npos || comma == 0 || leading_digits(fields) != comma)
      return false;
    number = fields.substr(0, comma);
    fields.remove_prefix(comma + 1);
  }
  std::string_view const flag = fields.substr(0, fields.find(','));
  if (flag != "-" && flag != "c" && flag != "+") return false;
  out.stamp = numbers[2];
  out.seconds = leading_number(numbers[2]) / 1e6;
  out.continues = flag == "+";
  if (std::size_t const who = fields.find("caller="); who != std::string_view::npos)
    out.caller = fields.substr(who + 7, fields.substr(who + 7).find_first_of(",;"));
  if (std::size_t const piece = fields.find("ncfrag="); piece != std::string_view::npos) {
    std::string_view const place = fields.substr(piece + 7);
    std::size_t const slash = place.find('/');
    if (slash != std::string_view::npos) {
      double const from = leading_number(place);
      out.continues = from > 0;
      out.unfinished = from + static_cast<double>(rest.size() - end - 1) <
                       leading_number(place.substr(slash + 1));
    }
  }
  at.advance(end + 1);
  return true;
}

bool is_host(std::string_view word) {
  return !word.empty() && word.size() <= 255 && (is_letter(word[0]) || is_digit(word[0])) &&
         std::all_of(word.begin(), word.end(),
                     [](char c) { return is_word(c) || c == '-' || c == ':' || c == '%'; }) &&
         word.back() != ':';
}

// Who logs as the kernel: the kernels themselves, and savecore, which tells of a panic before.
bool speaks_for_kernel(std::string_view speaker) {
  for (std::string_view const one :
       {"kernel", "unix", "genunix", "/bsd", "/netbsd", "savecore", "klogd", "kern"})
    if (speaker == one) return true;
  return false;
}

struct speech {
  std::string_view speaker;
  std::size_t length = 0;  // with the colon; 0: nobody is named
  bool numbered = false;   // "[123]" behind the name
};

// "kernel: ", "dockerd[99]: ", "(systemd)[1]: ".
speech speech_at(std::string_view text) {
  std::size_t const end = text.substr(0, 96).find_first_of(" \t");
  std::string_view const word = text.substr(0, end);
  if (word.size() < 2 || word.back() != ':') return {};
  std::string_view name = word.substr(0, word.size() - 1);
  speech out{name, word.size(), false};
  if (std::size_t const open = name.rfind('[');
      open != std::string_view::npos && open > 0 && name.ends_with(']')) {
    std::string_view const number = name.substr(open + 1, name.size() - open - 2);
    if (number.empty() || leading_digits(number) != number.size()) return {};
    out.speaker = name.substr(0, open);
    out.numbered = true;
  }
  bool const plain = std::all_of(out.speaker.begin(), out.speaker.end(), [](char c) {
    return is_word(c) || c == '-' || c == '/' || c == '(' || c == ')' || c == '@' || c == '\\';
  });
  return plain ? out : speech{};
}

// What the line's own time says about the words that follow it.
enum class follows_time : std::uint8_t {
  host,         // syslog: a host and a speaker
  maybe_host,   // journalctl, rsyslog, or a time stamp put before a console's lines
  kernel_time,  // short-monotonic has a host, a console has none
  nobody,
};

// "node7 kernel: ", "node7 frobd[9]: ".
void host_and_speaker(cursor& at, printed_line& out, follows_time how, std::string_view known) {
  cursor ahead = at;
  if (how != follows_time::nobody) skip_facility(ahead);
  // journalctl --no-hostname, what syslogd writes to everybody's terminal: "kernel:[12.34] …", and
  // lines whose date somebody took off.
  bool const stamped = how != follows_time::nobody || ahead.rest().starts_with("kernel:[") ||
                       ahead.rest().starts_with("kernel: ");
  if (stamped && ahead.skip("kernel:")) {
    out.speaker = "kernel";
    ahead.skip(" ");
    at = ahead;
    return;
  }
  if (how == follows_time::nobody) return;
  std::string_view const host = ahead.word();
  speech said = how == follows_time::host ? speech_at(ahead.rest()) : speech{};
  if (said.numbered) {
    out.speaker = said.speaker;
    out.program = true;
    ahead.advance(said.length);
    ahead.skip(" ");
    at = ahead;
    return;
  }
  said = {};
  if (is_host(host) && host.size() < ahead.rest().size()) {
    ahead.take_word();
    skip_facility(ahead);
    said = speech_at(ahead.rest());
  }
  // On a console "frob foo[1]: …" may be the kernel's own words.
  bool const numbered = said.numbered && how != follows_time::kernel_time;
  bool const believed = said.length > 0 && (numbered || speaks_for_kernel(said.speaker) ||
                                            how == follows_time::host || host == known);
  if (!believed) return;
  out.host = host;
  out.speaker = said.speaker;
  out.program = !speaks_for_kernel(said.speaker);
  ahead.advance(said.length);
  ahead.skip(" ");
  at = ahead;
}

// RFC 5424 behind its level and version: "TIME HOST APP PROCID MSGID SD WORDS".
bool structured_syslog(cursor& at, printed_line& out) {
  cursor ahead = at;
  if (!ahead.skip("1 ")) return false;
  std::size_t const time = iso_time(ahead.rest());
  if (time == 0) return false;
  out.stamp = ahead.rest().substr(0, time);
  ahead.advance(time);
  ahead.skip_blanks();
  out.host = ahead.take_word();
  out.speaker = ahead.take_word();
  out.program = !speaks_for_kernel(out.speaker);
  ahead.take_word();
  ahead.take_word();
  if (ahead.rest().starts_with('['))
    ahead.advance(std::min(ahead.rest().find("] ") + 1, ahead.rest().size()));
  else
    ahead.take_word();
  ahead.skip(" ");
  at = ahead;
  return true;
}

// illumos' syslog: "… [ID 655072 kern.notice] words".
bool message_id(cursor& at, printed_line& out) {
  std::string_view const rest = at.rest();
  std::size_t const open = rest.substr(0, 160).find("[ID ");
  if (open == std::string_view::npos) return false;
  std::size_t const n = leading_digits(rest.substr(open + 4));
  std::size_t const end = rest.substr(0, open + 48).find("] ", open + 4 + n);
  if (n < 3 || end == std::string_view::npos) return false;
  std::string_view const facility = trimmed(rest.substr(open + 4 + n, end - open - 4 - n));
  std::string_view const before = trimmed(rest.substr(0, open));
  std::string_view const speaker = before.substr(before.find_last_of(' ') + 1);
  out.speaker = speaker.substr(0, speaker.find_first_of(":["));
  out.program = !facility.starts_with("kern.") && !speaks_for_kernel(out.speaker);
  if (std::size_t const time = std::max(iso_time(rest), syslog_time(rest)); time > 0)
    out.stamp = rest.substr(0, time);
  at.advance(end + 2);
  while (at.skip("#012") || at.skip("#015")) {
  }
  return true;
}

void take_caller(cursor& at, printed_line& out) {
  cursor ahead = at;
  ahead.skip_blanks();
  std::size_t const who = caller(ahead.rest());
  if (who == 0) return;
  std::string_view const inside = trimmed(ahead.rest().substr(1, who - 2));
  if (inside[0] == 'T' || inside[0] == 'C') out.caller = inside;
  ahead.advance(who);
  at = ahead;
}

// A date or a time at the start, and what it says about what follows.
follows_time take_time(cursor& at, printed_line& out) {
  std::string_view const rest = at.rest();
  if (bracketed const stamp = bracketed_time(rest); stamp.length > 0) {
    out.stamp = stamp.inside;
    out.seconds = stamp.seconds;
    at.advance(stamp.length);
    take_caller(at, out);
    at.skip(" ");
    return follows_time::kernel_time;
  }
  std::size_t length = std::max(syslog_time(rest), other_date(rest));
  if (length > 0 && rest.substr(length).starts_with(' ')) {
    out.stamp = rest.substr(0, length);
    at.advance(length);
    at.skip(" ");
    return follows_time::host;
  }
  std::size_t begin = 0;  // "Thu 2025-06-05 12:00:01 UTC"
  if (std::size_t const day = rest.substr(0, 16).find(' ');
      day != std::string_view::npos && iso_time(rest.substr(day + 1)) > 0)
    begin = day + 1;
  length = iso_time(rest.substr(begin));
  if (length == 0) {  // "1749124801.123456 node7 kernel: "
    std::size_t const whole = leading_digits(rest);
    std::size_t const part = whole >= 9 && rest.substr(whole).starts_with('.')
                                 ? leading_digits(rest.substr(whole + 1))
                                 : 0;
    length = part == 6 ? whole + 1 + part : plain_clock(rest);
    if (length == 0 || !rest.substr(length).starts_with(' ')) return follows_time::nobody;
  }
  length += begin;
  if (length < rest.size() && rest[length] != ' ') return follows_time::nobody;
  out.stamp = rest.substr(0, length);
  at.advance(length);
  at.skip(" ");
  if (begin > 0) at.take_word();  // the zone's name
  if (at.skip("stdout F ") || at.skip("stderr F ")) return follows_time::nobody;
  return follows_time::maybe_host;
}

// A kernel's stamp may follow other text: a login prompt, a program's half line, another kernel
// line. The last stamp of the line is the one whose words are whole.
void take_last_stamp(printed_line& out) {
  std::size_t search = 0;
  while (search < out.body.size() && search < searched) {
    std::size_t const open = out.body.find('[', search);
    if (open == std::string_view::npos) break;
    bracketed const stamp = bracketed_time(out.body.substr(open));
    if (stamp.length == 0 || stamp.seconds < 0) {
      search = open + 1;
      continue;
    }
    cursor at(out.body.substr(open + stamp.length));
    out.seconds = stamp.seconds;
    out.stamp = stamp.inside;
    out.caller = {};
    take_caller(at, out);
    at.skip(" ");
    out.body = at.rest();
    search = 0;
  }
}

// "> > ", ">>> ", ">[", "| ": a mail's or a page's quote, however deep.
void skip_quotes(cursor& at) {
  while (true) {
    std::size_t const depth = std::min(at.rest().find_first_not_of('>'), at.rest().size());
    std::string_view const behind = at.rest().substr(depth);
    if (depth > 0 && (behind.empty() || behind[0] == ' ' || behind[0] == '\t' || behind[0] == '[' ||
                      behind[0] == '<')) {
      at.advance(depth);
      at.skip(" ");
    } else if (!at.skip("| ")) {
      return;
    }
  }
}

constexpr std::size_t longest_file_name = 160;

// "/var/log/kern.log:Jun  5 12:00:01 …", "kern.log-[ 12.345678] …", "messages:123:Jun …", "12:[ …":
// grep's name of the file and number of the line, where a time stands behind them.
void skip_file_name(cursor& at) {
  std::string_view const rest = at.rest();
  std::size_t const limit = std::min(rest.size(), longest_file_name);
  std::size_t const end = std::min(rest.find_first_of(" \t[<"), limit);
  for (std::size_t n = 1; n <= end; ++n) {
    if (rest[n - 1] != ':' && rest[n - 1] != '-') continue;
    std::string_view const name = rest.substr(0, n - 1);
    std::string_view const behind = rest.substr(n);
    bool const a_file = name.find_first_of("./") != std::string_view::npos ||
                        name.starts_with("messages") || name.starts_with("syslog") ||
                        name.starts_with("dmesg") || leading_digits(name) == name.size();
    bool const a_word = !behind.empty() && is_letter(behind[0]);
    bool const a_time = bracketed_time(behind).length > 0 || iso_time(behind) > 0 ||
                        (a_word && syslog_time(behind) > 0);
    if (!a_file || !a_time) continue;
    at.advance(n);
    return;
  }
}

// Android's logcat: "06-05 12:00:01.123     0     0 W KERNEL  : ".
bool logcat_line(cursor& at, printed_line& out) {
  std::string_view const rest = at.rest();
  if (leading_digits(rest) != 2 || rest.size() < 20 || rest[2] != '-' ||
      leading_digits(rest.substr(3)) != 2 || rest[5] != ' ' || plain_clock(rest.substr(6)) == 0)
    return false;
  cursor ahead(rest.substr(6 + plain_clock(rest.substr(6))));
  ahead.skip_blanks();
  for (int number = 0; number < 2; ++number)
    if (std::string_view const word = ahead.take_word();
        word.empty() || leading_digits(word) != word.size())
      return false;
  if (ahead.take_word().size() != 1) return false;
  std::size_t const colon = ahead.rest().find(": ");
  if (colon == std::string_view::npos || colon > longest_bracket) return false;
  out.stamp = rest.substr(0, 6 + plain_clock(rest.substr(6)));
  out.speaker = trimmed(ahead.rest().substr(0, colon));
  out.program = !out.speaker.empty() && out.speaker != "KERNEL" && out.speaker != "kernel";
  ahead.advance(colon + 2);
  at = ahead;
  return true;
}

printed_line read_line(std::string_view line, std::string_view known_host) {
  printed_line out;
  cursor at(line);
  skip_quotes(at);
  // A pasted text may be indented as a whole; a line's own indentation stands behind its prefix.
  std::string_view const indented = at.rest();
  at.advance(std::min(at.rest().find_first_not_of(" \t"), at.rest().size()));
  skip_file_name(at);
  bool const levelled = level(at.rest()) > 0;
  at.advance(level(at.rest()));
  std::string_view const facility = levelled ? std::string_view{} : decoded_level(at);
  follows_time how = follows_time::nobody;
  if (!message_id(at, out) && !kernel_record(at, out) && !logcat_line(at, out) &&
      !(levelled && structured_syslog(at, out))) {
    how = take_time(at, out);
    host_and_speaker(at, out, how, known_host);
    // syslog's and journald's copies of a kernel's line may keep its own stamp.
    bool const second = !out.speaker.empty() || how != follows_time::kernel_time;
    if (!out.program && second && bracketed_time(at.rest()).seconds >= 0) {
      std::string_view const outer = out.stamp;
      (void)take_time(at, out);
      if (!outer.empty()) out.stamp = outer;
    }
  }
  if (!facility.empty() && facility != "kern") out.program = true;
  out.begins = levelled || !facility.empty() || !out.stamp.empty() || !out.speaker.empty();
  out.words = out.body = out.begins ? at.rest() : indented;
  take_last_stamp(out);
  return out;
}
}  // namespace

printed_line without_prefix(std::string_view line) {
  return read_line(line, {});
}

printed_line transport::read(std::string_view line) {
  printed_line const out = read_line(line, host_);
  if (!out.host.empty() && out.host != host_) host_ = out.host.substr(0, 255);
  return out;
}

double kernel_seconds(std::string_view line) {
  return bracketed_time(line).seconds;
}

bool names_a_process(std::string_view words) {
  return speech_at(trimmed(words)).numbered;
}

std::string_view why_no_text(std::string_view head) {
  if (head.starts_with("LPKSHHRH"))
    return "it is a journal file; write its text: journalctl --file FILE -o short-monotonic";
  if (head.starts_with("__CURSOR=") ||
      (head.starts_with('{') && head.find("\"__CURSOR\"") != std::string_view::npos))
    return "it is a journal exported for programs; write its text: journalctl -o short-monotonic";
  if (head.starts_with("\x1f\x8b")) return "it is compressed; unpack it: gunzip";
  if (head.starts_with("\x28\xb5\x2f\xfd")) return "it is compressed; unpack it: unzstd";
  if (head.starts_with("\xfd"
                       "7zXZ"))
    return "it is compressed; unpack it: unxz";
  return {};
}

}  // namespace wedgehog::console
