#include "verdict/words.hpp"

namespace wedgehog::verdict {
namespace {

template <class Word>
std::string_view name_or_nothing(Word word) {
  return word == Word::none ? std::string_view() : wedgehog::name_of<Word>(word);
}

template <class Word>
bool parse_name_or_nothing(std::string_view name, Word& out) {
  if (!name.empty()) return name != "none" && wedgehog::parse_name<Word>(name, out);
  out = Word::none;
  return true;
}

}  // namespace

std::string_view name_of(kind_word word) {
  return name_or_nothing(word);
}
std::string_view name_of(recovery_word word) {
  return name_or_nothing(word);
}

bool parse_name(std::string_view name, kind_word& out) {
  return parse_name_or_nothing(name, out);
}
bool parse_name(std::string_view name, recovery_word& out) {
  return parse_name_or_nothing(name, out);
}

}  // namespace wedgehog::verdict
