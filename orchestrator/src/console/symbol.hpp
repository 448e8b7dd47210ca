// Names of functions as kernels print them: where one ends in a line, and what is left of it when
// the compilers' and the system call wrappers' additions are taken off.
#pragma once

#include <string>
#include <string_view>

namespace wedgehog::console {

// The length of a symbol at the start of `text`, also C++ and Rust forms ("<a::B as c>::d"); 0 when
// there is none. An address without a name ("fffffffffba868b8") is no symbol.
[[nodiscard]] std::size_t symbol_length(std::string_view text);
// "+0x1f/0x60" or "+0x1f" or "+df" at the start; 0 when there is none.
[[nodiscard]] std::size_t offset_length(std::string_view text);
// " (fs/frobfs/inode.c:286)" at the start, as decode_stacktrace.sh puts it behind a name instead of
// an offset; 0 when there is none.
[[nodiscard]] std::size_t position_length(std::string_view text);

// "ext4_iget.isra.0.cold+0x1/0x2" -> "ext4_iget"; "__x64_sys_futex", "SyS_futex" -> "sys_futex".
[[nodiscard]] std::string plain_function(std::string_view symbol);

}  // namespace wedgehog::console
