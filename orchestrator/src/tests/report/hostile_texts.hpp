// What a guest, a recipe or a command line may be made to say.
#pragma once

#include <string>
#include <vector>

namespace wedgehog::report {

inline std::vector<std::string> const hostile_texts{
    "</pre><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' onfocus='alert(1)",
    "]]> <!-- & &amp; &#0; <![CDATA[",
    "\x1b]0;owned\x07\x1b[2J\x9b",
    std::string("nul\0byte", 8),
    "bad utf-8: \xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82",
    "\xef\xbf\xbe noncharacter \xef\xbf\xbf",
    "line\nnot ok 1 - forged\n  ...\rok",
    "# SKIP todo \\# - :",
    "right \xe2\x80\xae to left",
};

}  // namespace wedgehog::report
