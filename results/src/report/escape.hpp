// Guest text made safe for where it is shown. A guest may print anything: terminal escapes, markup,
// bytes that are no UTF-8. Nothing of a run reaches a report but through here.
#pragma once

#include <string>
#include <string_view>

namespace wedgehog::report {

// Valid UTF-8 that XML 1.0 allows: everything else becomes U+FFFD. Tab and line feed stay.
[[nodiscard]] std::string clean(std::string_view text);
// clean(), with & < > " ' as references: for text and quoted attributes of XML and HTML.
[[nodiscard]] std::string for_markup(std::string_view text);
// One line for a terminal: control characters show as ^[ and the like.
[[nodiscard]] std::string for_terminal(std::string_view text);

}  // namespace wedgehog::report
