// The tables, as numbered steps from an empty file. Released steps never change: a new need is a
// new step at the end, and its file as an older program left it becomes a test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "store/sqlite.hpp"

namespace wedgehog::store {

// Several statements that bring the tables from version i to i + 1. They may call sha256(TEXT) and
// lines(VALUE…) beside what SQLite has. schema.cpp has them.
using migration = std::string_view;
[[nodiscard]] std::span<migration const> migrations();

// Brings an open file to the newest version: in one transaction, after a copy of what was there.
// Refuses, and leaves untouched, a file of another program and one of a newer version. Returns
// where the copy is, when there was something to copy.
result<std::optional<std::filesystem::path>> migrate(sqlite::connection& on,
                                                     std::span<migration const> steps);

// For whoever only reads: an error unless the file is of the newest version.
result<void> expect_newest(sqlite::connection& on);

}  // namespace wedgehog::store
