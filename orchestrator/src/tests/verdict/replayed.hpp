// Exported runs, read and judged as a stored run is.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/file_text.hpp"
#include "timeline/timeline.hpp"
#include "verdict/exported_run.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::verdict {

struct exported {
  exported_head head;
  std::string body;
};

inline exported read_exported(std::filesystem::path const& path) {
  auto const text = testing::text_of(path);
  auto const end = text.find('\n');
  auto head = head_from_text(std::string_view(text).substr(0, end));
  if (!head) {
    ADD_FAILURE() << path << ": " << head.error().message();
    return {};
  }
  return {std::move(head.value()), text.substr(end + 1)};
}

inline judged_run::conclusion replay(exported const& one) {
  judged_run run(granted_by(one.head));
  timeline::text_reader reader([&run](timeline::signal const& each) { run.observe(each); });
  reader.feed(one.body);
  reader.finish();
  return run.conclude();
}

inline std::string describe(final_verdict const& said) {
  std::string text(name_of(said.word));
  if (said.kind != kind_word::none) text += "/" + std::string(name_of(said.kind));
  return text;
}

inline std::string reasons(final_verdict const& said) {
  std::string text;
  for (auto const& each : said.because) text += "\n  " + each;
  return text;
}

}  // namespace wedgehog::verdict
