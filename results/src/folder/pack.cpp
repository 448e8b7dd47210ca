#include "folder/pack.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

#include "base/ensure.hpp"

namespace wedgehog::folder {
namespace {

struct free_context {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

std::string pack(std::string_view text, int level) {
  std::unique_ptr<ZSTD_CCtx, free_context> const context(ZSTD_createCCtx());
  ensure(context != nullptr, "zstd has a context");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  auto const size =
      ZSTD_compress2(context.get(), packed.data(), packed.size(), text.data(), text.size());
  ensure(ZSTD_isError(size) == 0, "compressing into a buffer of the bound's size succeeds");
  packed.resize(size);
  return packed;
}

result<std::string> unpack(std::string_view packed, std::size_t most) {
  auto const size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most)
    return host_error("a timeline chunk is damaged: its header makes no sense");
  std::string text(size, '\0');
  auto const got = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0)
    return host_error(fmt::format("a timeline chunk is damaged: {}", ZSTD_getErrorName(got)));
  text.resize(got);
  return text;
}

}  // namespace wedgehog::folder
