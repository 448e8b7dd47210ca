#include "loop/socket_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace wedgehog::loop {

result<void> remove_old_socket(std::string const& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0)
    return errno == ENOENT ? result<void>() : system_failure("looking at " + path, errno);
  if (!S_ISSOCK(there.st_mode))
    return recipe_error("there is a file " + path +
                        " that is no socket: move it away, or give another path");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return system_failure("removing the old socket " + path, errno);
  return {};
}

}  // namespace wedgehog::loop
