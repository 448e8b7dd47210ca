// Whether XML is well-formed, as far as a forged text could break it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::report {

// The part of XML 1.0 well-formedness that a forged text could break: tags nest, attributes are
// quoted and hold no <, & begins a reference. Returns what is wrong, or nothing.
inline std::string complaint_about(std::string_view xml) {
  std::vector<std::string> open;
  auto const is_reference = [&](std::size_t from) {
    for (std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      if (xml.substr(from).starts_with(known)) return true;
    return false;
  };
  std::size_t i = xml.find("?>");
  if (i == std::string_view::npos) return "no declaration";
  for (i += 2; i < xml.size(); ++i) {
    if (xml[i] == '&' && !is_reference(i)) return "a bare &";
    if (xml[i] == '>') return "a bare >";
    if (xml[i] != '<') continue;
    std::size_t end = i + 1;
    for (char quote = 0; end < xml.size() && (quote != 0 || xml[end] != '>'); ++end) {
      if (xml[end] == '<') return "< inside a tag";
      if (xml[end] == '&' && !is_reference(end)) return "a bare & in a tag";
      if (quote == 0 && xml[end] == '"')
        quote = '"';
      else if (xml[end] == quote)
        quote = 0;
    }
    if (end >= xml.size()) return "a tag without end";
    auto tag = std::string(xml.substr(i + 1, end - i - 1));
    i = end;
    if (tag.back() == '/') continue;
    if (tag.front() == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return "</" + tag + " closes nothing";
      open.pop_back();
    } else {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
  }
  return open.empty() ? "" : open.back() + " is never closed";
}

}  // namespace wedgehog::report
