#include "farm/slurm/task_folder.hpp"

#include <fstream>

#include "farm/slurm/words.hpp"
#include "folder/files.hpp"

namespace wedgehog::farm::slurm {
namespace {

namespace fs = std::filesystem;

// A task that Slurm begins again and again is a cluster in trouble; more are not looked for.
constexpr int most_restarts = 50;
// Slurm may begin one that never comes to write anything.
constexpr int most_missing = 3;
constexpr std::uint64_t tail = 4096;
constexpr std::size_t most_words = 600;

std::uint64_t size_of(fs::path const& file) {
  std::error_code failure;
  auto const size = fs::file_size(file, failure);
  return failure ? 0 : size;
}

bool is_there(fs::path const& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

std::string end_of(fs::path const& file) {
  std::ifstream stream(file, std::ios::binary);
  auto const size = size_of(file);
  if (size > tail) stream.seekg(static_cast<std::streamoff>(size - tail));
  std::string text(tail, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

bool was_interrupted(fs::path const& folder) {
  auto const outcome = folder::read_object(folder / folder::names::outcome);
  if (!outcome) return false;
  auto const* said = outcome->if_contains("interrupted");
  return said != nullptr && said->is_bool() && said->get_bool();
}

attempt attempt_at(task_place const& where, int restarts) {
  fs::path const folder = folder_of(where.folder.string(), restarts);
  auto const words = progress_file(where.work, where.index, restarts);
  attempt one{.restarts = restarts};
  one.begun = is_there(words) || is_there(folder / folder::names::facts);
  one.sealed = is_there(folder / folder::names::manifest);
  one.interrupted = one.sealed && was_interrupted(folder);
  one.written = size_of(folder / folder::names::timeline) + size_of(words) +
                size_of(folder / folder::names::performer_log);
  return one;
}

}  // namespace

std::vector<attempt> attempts_at(task_place const& where) {
  std::vector<attempt> all;
  int missing = 0;
  for (int restarts = 0; restarts <= most_restarts && missing < most_missing; ++restarts) {
    auto const one = attempt_at(where, restarts);
    missing = one.begun || one.sealed ? 0 : missing + 1;
    if (missing == 0 || restarts == 0) all.push_back(one);
  }
  return all;
}

std::string last_progress(task_place const& where, int restarts) {
  auto text = end_of(progress_file(where.work, where.index, restarts));
  auto const end = text.rfind('\n');
  if (end == std::string::npos) return {};
  text.resize(end);
  auto const before = text.rfind('\n');
  return before == std::string::npos ? text : text.substr(before + 1);
}

std::string last_words(task_place const& where, int restarts) {
  fs::path const folder = folder_of(where.folder.string(), restarts);
  auto text =
      end_of(words_file(where.work, where.index)) + end_of(folder / folder::names::performer_words);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > most_words) text = "…" + text.substr(text.size() - most_words);
  return text;
}

void forget_words(task_place const& where) {
  std::error_code ignored;
  fs::remove(words_file(where.work, where.index), ignored);
  for (int restarts = 0; restarts <= most_restarts; ++restarts)
    if (!fs::remove(progress_file(where.work, where.index, restarts), ignored) && restarts > 0)
      break;
}

}  // namespace wedgehog::farm::slurm
