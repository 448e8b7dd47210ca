#include "vm/libvirt/storage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libvirt/virterror.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <pugixml.hpp>
#include <sstream>

#include "loop/descriptor.hpp"
#include "vm/libvirt/domain_xml.hpp"

namespace wedgehog::vm::libvirt {
namespace {

using namespace std::chrono_literals;

constexpr auto usual_limit = 60s;
// A gigabyte over a slow line.
constexpr auto carry_limit = 15min;
constexpr auto look_period = 1s;
// Another brings the same file; so long without a byte, and he is taken for dead.
constexpr auto stall_limit = 30s;
constexpr std::int64_t kept_for_s = std::int64_t{14} * 24 * 3600;
// A machine's own, while its domain is not there: not yet, or no more.
constexpr std::int64_t left_for_s = 3600;
constexpr std::string_view kept_prefix = "wedgehog-kept-";
constexpr std::string_view whole_suffix = ".whole";

std::string pool_xml(bool session) {
  // A session's daemon has no folder of a fixed name.
  auto const folder = session ? fmt::format("/var/tmp/wedgehog-{}", ::geteuid())
                              : std::string("/var/lib/libvirt/wedgehog");
  return fmt::format(
      "<pool type='dir'><name>{}</name><target><path>{}</path>"
      "<permissions><mode>0711</mode></permissions></target></pool>",
      pool_name, folder);
}

result<pool_handle> pool_of(virConnectPtr on, bool session) {
  if (auto known = own(virStoragePoolLookupByName(on, pool_name))) {
    if (virStoragePoolIsActive(known.get()) == 1 || virStoragePoolCreate(known.get(), 0) == 0)
      return known;
    return last_error();
  }
  auto made = own(
      virStoragePoolCreateXML(on, pool_xml(session).c_str(), VIR_STORAGE_POOL_CREATE_WITH_BUILD));
  if (made) return made;
  auto failure = last_error();
  // Somebody else was quicker.
  if (auto known = own(virStoragePoolLookupByName(on, pool_name))) return known;
  return host_error(failure.what() +
                    " (a pool named wedgehog, made by `virsh pool-create-as "
                    "wedgehog dir --target FOLDER`, is used when it is there)");
}

struct volume_terms {
  std::string name;
  std::uint64_t bytes = 0;
  std::string base{};  // then it is a qcow2 above this
  std::optional<unsigned> owner{};
};

std::string volume_xml(volume_terms const& what) {
  pugi::xml_document document;
  auto volume = document.append_child("volume");
  volume.append_child("name").text().set(what.name.c_str());
  auto capacity = volume.append_child("capacity");
  capacity.append_attribute("unit") = "bytes";
  capacity.text().set(std::to_string(what.bytes).c_str());
  // Room is taken as it is written.
  if (what.base.empty()) volume.append_child("allocation").text().set("0");
  auto target = volume.append_child("target");
  target.append_child("format").append_attribute("type") = what.base.empty() ? "raw" : "qcow2";
  auto rights = target.append_child("permissions");
  // What is kept is read by any QEMU there; what is written, by one.
  rights.append_child("mode").text().set(what.owner ? "0600" : "0644");
  if (what.owner) rights.append_child("owner").text().set(std::to_string(*what.owner).c_str());
  if (!what.base.empty()) {
    auto below = volume.append_child("backingStore");
    below.append_child("path").text().set(what.base.c_str());
    below.append_child("format").append_attribute("type") = "qcow2";
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration);
  return text.str();
}

result<std::string> path_of(virStorageVolPtr volume) {
  text_handle const path(virStorageVolGetPath(volume));
  if (!path) return last_error();
  return std::string(path.get());
}

int next_bytes(virStreamPtr, char* bytes, std::size_t most, void* opaque) {
  auto const got = ::read(*static_cast<int*>(opaque), bytes, most);
  return static_cast<int>(got);
}

int take_bytes(virStreamPtr, char const* bytes, std::size_t count, void* opaque) {
  auto const put = ::write(*static_cast<int*>(opaque), bytes, count);
  return static_cast<int>(put);
}

result<bool> filled(virConnectPtr on, virStorageVolPtr volume, int file, std::uint64_t bytes) {
  auto const stream = own(virStreamNew(on, 0));
  if (!stream) return last_error();
  if (virStorageVolUpload(volume, stream.get(), 0, bytes, 0) != 0) return last_error();
  if (virStreamSendAll(stream.get(), next_bytes, &file) != 0) {
    auto failure = last_error();
    virStreamAbort(stream.get());
    return failure;
  }
  if (virStreamFinish(stream.get()) != 0) return last_error();
  return true;
}

struct opened_file {
  loop::descriptor file;
  std::uint64_t bytes = 0;
};

result<opened_file> open_file(std::string const& path) {
  opened_file made{loop::descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC))};
  struct stat what {};
  if (!made.file || ::fstat(made.file.get(), &what) != 0)
    return system_failure("opening " + path, errno);
  made.bytes = static_cast<std::uint64_t>(what.st_size);
  return made;
}

result<std::string> brought(virConnectPtr on, pool_handle const& pool, std::string const& path,
                            volume_terms terms) {
  auto const file = open_file(path);
  if (!file) return file.error();
  terms.bytes = file->bytes;
  auto const volume = own(virStorageVolCreateXML(pool.get(), volume_xml(terms).c_str(), 0));
  if (!volume) return last_error();
  if (auto const done = filled(on, volume.get(), file->file.get(), file->bytes); !done) {
    virStorageVolDelete(volume.get(), 0);
    return done.error();
  }
  return path_of(volume.get());
}

volume_handle volume_in(pool_handle const& pool, std::string const& name) {
  return own(virStorageVolLookupByName(pool.get(), name.c_str()));
}

// What a look at a volume that is kept says.
struct kept_volume {
  bool there = false;
  bool whole = false;
  std::uint64_t bytes = 0;  // that have come
  std::string path;
};

result<kept_volume> looked_at(virConnectPtr on, std::string const& name, bool session) {
  auto const pool = pool_of(on, session);
  if (!pool) return pool.error();
  kept_volume seen;
  auto const volume = volume_in(pool.value(), name);
  if (!volume) return seen;
  seen.there = true;
  virStorageVolInfo info{};
  if (virStorageVolGetInfo(volume.get(), &info) == 0) seen.bytes = info.allocation;
  seen.whole = volume_in(pool.value(), name + std::string(whole_suffix)) != nullptr;
  auto path = path_of(volume.get());
  if (!path) return path.error();
  seen.path = std::move(path.value());
  return seen;
}

// Nothing: somebody else brings it at this moment.
result<std::optional<std::string>> kept(virConnectPtr on, std::string const& path,
                                        std::string const& name, bool session) {
  auto const pool = pool_of(on, session);
  if (!pool) return pool.error();
  auto made = brought(on, pool.value(), path, {.name = name});
  if (!made) {
    if (volume_in(pool.value(), name)) return std::optional<std::string>();
    return made.error();
  }
  auto const mark = own(virStorageVolCreateXML(
      pool->get(), volume_xml({.name = name + std::string(whole_suffix)}).c_str(), 0));
  if (!mark) return last_error();
  return std::optional<std::string>(made.value());
}

void removed(virConnectPtr on, std::vector<std::string> const& names) {
  auto const pool = own(virStoragePoolLookupByName(on, pool_name));
  if (!pool) return;
  // A dump was written behind the pool's back.
  virStoragePoolRefresh(pool.get(), 0);
  for (auto const& name : names)
    if (auto const volume = volume_in(pool, name)) virStorageVolDelete(volume.get(), 0);
}

}  // namespace

loop::awaitable<result<std::string>> storage::keep(std::string file, std::string sha256) {
  // Enough to tell files apart, and a name that a person can read.
  auto const name = fmt::format("{}{}-{}", kept_prefix, sha256.substr(0, 24),
                                std::filesystem::path(file).filename().string());
  auto const doing = "carrying " + file + " to " + by_->uri();
  auto stalled_since = by_->time().now();
  std::uint64_t bytes = 0;
  std::function<result<kept_volume>(virConnectPtr)> const look =
      [name, session = terms_.session](virConnectPtr on) { return looked_at(on, name, session); };
  using brought_path = std::optional<std::string>;
  std::function<result<brought_path>(virConnectPtr)> const bring =
      [file, name, session = terms_.session](virConnectPtr on) {
        return kept(on, file, name, session);
      };
  for (;;) {
    auto const seen = co_await by_->call<kept_volume>(doing, usual_limit, look);
    if (!seen) co_return seen.error();
    if (seen->whole) co_return seen->path;
    if (!seen->there) {
      auto made = co_await by_->call<brought_path>(doing, carry_limit, bring);
      if (!made) co_return made.error();
      if (*made) co_return **made;
    }
    if (seen->bytes != bytes) stalled_since = by_->time().now();
    bytes = seen->bytes;
    if (by_->time().now() - stalled_since > stall_limit) {
      remove({name});
      stalled_since = by_->time().now();
    }
    co_await by_->time().sleep_for(look_period);
  }
}

loop::awaitable<result<std::string>> storage::carry(std::string file, std::string name) {
  std::function<result<std::string>(virConnectPtr)> const work =
      [file, name, terms = terms_](virConnectPtr on) -> result<std::string> {
    auto const pool = pool_of(on, terms.session);
    if (!pool) return pool.error();
    return brought(on, pool.value(), file, {.name = name});
  };
  co_return co_await by_->call<std::string>("carrying " + file + " to " + by_->uri(), carry_limit,
                                            work);
}

loop::awaitable<result<std::string>> storage::overlay(std::string base, std::string name) {
  std::function<result<std::string>(virConnectPtr)> const work =
      [base, name, terms = terms_](virConnectPtr on) -> result<std::string> {
    auto const pool = pool_of(on, terms.session);
    if (!pool) return pool.error();
    auto const below = own(virStorageVolLookupByPath(on, base.c_str()));
    virStorageVolInfo info{};
    if (!below || virStorageVolGetInfo(below.get(), &info) != 0) return last_error();
    // A session's QEMU is its daemon's user.
    volume_terms const what{name, info.capacity, base, terms.qemu_user};
    auto const volume = own(virStorageVolCreateXML(pool->get(), volume_xml(what).c_str(), 0));
    if (!volume) return last_error();
    return path_of(volume.get());
  };
  co_return co_await by_->call<std::string>("making the system disk's overlay", usual_limit, work);
}

loop::awaitable<result<std::string>> storage::place_for(std::string name) {
  std::function<result<std::string>(virConnectPtr)> const work =
      [name, terms = terms_](virConnectPtr on) -> result<std::string> {
    auto const pool = pool_of(on, terms.session);
    if (!pool) return pool.error();
    text_handle const text(virStoragePoolGetXMLDesc(pool->get(), 0));
    if (!text) return last_error();
    pugi::xml_document document;
    document.load_string(text.get());
    std::string const folder = document.child("pool").child("target").child("path").child_value();
    if (folder.empty()) return host_error("the storage pool has no folder");
    return folder + "/" + name;
  };
  co_return co_await by_->call<std::string>("looking for room", usual_limit, work);
}

loop::awaitable<result<void>> storage::fetch(std::string name, int into, loop::duration limit) {
  std::function<result<bool>(virConnectPtr)> const work =
      [name, file = std::make_shared<loop::descriptor>(::fcntl(into, F_DUPFD_CLOEXEC, 0)),
       terms = terms_](virConnectPtr on) -> result<bool> {
    auto const pool = pool_of(on, terms.session);
    if (!pool) return pool.error();
    if (virStoragePoolRefresh(pool->get(), 0) != 0) return last_error();
    auto const volume = volume_in(pool.value(), name);
    if (!volume) return last_error();
    auto const stream = own(virStreamNew(on, 0));
    if (!stream || virStorageVolDownload(volume.get(), stream.get(), 0, 0, 0) != 0)
      return last_error();
    int number = file->get();
    if (virStreamRecvAll(stream.get(), take_bytes, &number) != 0) {
      auto failure = last_error();
      virStreamAbort(stream.get());
      return failure;
    }
    if (virStreamFinish(stream.get()) != 0) return last_error();
    return true;
  };
  auto const done = co_await by_->call<bool>("fetching " + name, limit, work);
  if (!done) co_return done.error();
  co_return result<void>();
}

loop::awaitable<result<std::uint64_t>> storage::free_bytes() {
  std::function<result<std::uint64_t>(virConnectPtr)> const work =
      [terms = terms_](virConnectPtr on) -> result<std::uint64_t> {
    auto const pool = pool_of(on, terms.session);
    virStoragePoolInfo info{};
    if (!pool) return pool.error();
    if (virStoragePoolGetInfo(pool->get(), &info) != 0) return last_error();
    return std::uint64_t{info.available};
  };
  co_return co_await by_->call<std::uint64_t>("looking at the pool", usual_limit, work);
}

void storage::remove(std::vector<std::string> names) {
  by_->let([names = std::move(names)](virConnectPtr on) { removed(on, names); });
}

namespace {

struct aged_volume {
  std::string name;
  std::int64_t read_at_s = 0;
};

aged_volume age_of(virStorageVolPtr volume) {
  aged_volume one{virStorageVolGetName(volume)};
  text_handle const text(virStorageVolGetXMLDesc(volume, 0));
  pugi::xml_document document;
  if (text && document.load_string(text.get()))
    one.read_at_s = document.child("volume")
                        .child("target")
                        .child("timestamps")
                        .child("atime")
                        .text()
                        .as_llong();
  return one;
}

// "DOMAIN.system" is the machine's whose domain that is.
domain_handle domain_of(virConnectPtr on, std::string const& volume) {
  return own(virDomainLookupByName(on, volume.substr(0, volume.rfind('.')).c_str()));
}

result<std::vector<std::string>> swept(virConnectPtr on) {
  std::vector<std::string> gone;
  auto const pool = own(virStoragePoolLookupByName(on, pool_name));
  if (!pool) return gone;
  virStoragePoolRefresh(pool.get(), 0);
  virStorageVolPtr* list = nullptr;
  int const count = virStoragePoolListAllVolumes(pool.get(), &list, 0);
  if (count < 0) return last_error();
  std::vector<volume_handle> volumes;
  for (int i = 0; i < count; ++i) volumes.push_back(own(list[i]));
  ::free(list);
  auto const now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  for (auto const& volume : volumes) {
    auto const one = age_of(volume.get());
    if (one.name.ends_with(whole_suffix)) continue;
    bool const kept = one.name.starts_with(kept_prefix);
    bool const left = one.name.starts_with(name_prefix) && !kept && !domain_of(on, one.name);
    if (!kept && !left) continue;
    if (one.read_at_s == 0 || now - one.read_at_s < (kept ? kept_for_s : left_for_s)) continue;
    // The mark first: a half that is called whole would be worse than one that is not.
    if (auto const mark = volume_in(pool, one.name + std::string(whole_suffix)))
      virStorageVolDelete(mark.get(), 0);
    if (virStorageVolDelete(volume.get(), 0) == 0) gone.push_back(one.name);
  }
  return gone;
}

}  // namespace

loop::awaitable<result<std::vector<std::string>>> sweep_storage(connection& by) {
  std::function<result<std::vector<std::string>>(virConnectPtr)> const work = swept;
  return by.call<std::vector<std::string>>("sweeping the pool", usual_limit, work);
}

}  // namespace wedgehog::vm::libvirt
