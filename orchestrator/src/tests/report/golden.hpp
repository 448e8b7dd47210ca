// A text beside the file that a person has read. WEDGEHOG_REWRITE=1 writes it anew: read the diff.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

#include "tests/file_text.hpp"

namespace wedgehog::report {

struct golden {
  std::string file;
  std::string (*written)();
};

inline void PrintTo(golden const& one, std::ostream* out) {
  *out << one.file;
}

inline void expect_as_read(golden const& one) {
  auto const file = std::filesystem::path(WEDGEHOG_TESTDATA) / "report" / one.file;
  auto const written = one.written();
  if (std::getenv("WEDGEHOG_REWRITE") != nullptr) {
    std::ofstream(file, std::ios::binary) << written;
    GTEST_SKIP() << "wrote " << file;
  }
  auto const expected = testing::text_of(file);
  EXPECT_EQ(written, expected) << "WEDGEHOG_REWRITE=1 writes " << file;
}

}  // namespace wedgehog::report
