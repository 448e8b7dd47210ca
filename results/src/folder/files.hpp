// The files of a run's folder by their names, and how they are read and written: whole or not at
// all, within bounds, never through a link. Blame of every error: host.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/described.hpp"
#include "base/error.hpp"

namespace wedgehog::folder {

namespace names {
inline constexpr std::string_view order = "order.json";  // what the performer was told
inline constexpr std::string_view facts = "run.json";    // the first that is written
inline constexpr std::string_view plan = "plan.json";
inline constexpr std::string_view recipe = "recipe.yaml";
inline constexpr std::string_view timeline = "timeline.zst";  // zstdcat reads it
inline constexpr std::string_view outcome = "outcome.json";
inline constexpr std::string_view judgements = "judgements";   // 0001.json, 0002.json, …
inline constexpr std::string_view manifest = "MANIFEST.json";  // the last, by rename
inline constexpr std::string_view removed = "removed.json";    // what was taken out to make room
inline constexpr std::string_view control = "control";         // a link while the run takes orders
inline constexpr std::string_view room = ".room";              // held for the end
inline constexpr std::string_view receiver = "receiver.json";  // who writes what a node sends
inline constexpr std::string_view performer_log = "performer.log";
inline constexpr std::string_view performer_words = "performer.stderr";
}  // namespace names

// Longer ones are not read: they are somebody else's, or damaged.
inline constexpr std::uint64_t longest_document = 32U << 20U;

// A regular file of this folder, whole. A link, a pipe, a device is refused, and never waited for.
result<std::string> read_document(std::filesystem::path const& file);
result<json::object> read_object(std::filesystem::path const& file);

// By a new file that is renamed: a reader sees the old or the new one. 0600.
result<void> write_document(std::filesystem::path const& file, std::string_view content);
// The same for a file that must not be there yet; false when it is.
result<bool> create_document(std::filesystem::path const& file, std::string_view content);
// 0700; the parents too. A folder that is there stays as it is.
result<void> make_folder(std::filesystem::path const& folder);

// Whether a path that was read somewhere stays below the folder it is relative to: not absolute, no
// "..", nothing that a terminal or a shell would take amiss.
[[nodiscard]] bool stays_inside(std::string_view path);

}  // namespace wedgehog::folder
