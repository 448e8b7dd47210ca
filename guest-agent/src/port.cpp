#include "port.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace wedgehog::guest {

namespace {

bool failed(std::string const& tried, std::string& why) {
  why = tried + ": " + std::strerror(errno);
  return false;
}

void set_nonblocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// Spelled out because cfmakeraw does not exist everywhere (illumos r151054). HUPCL is off so that
// closing the port does not drop the line; CLOCAL so that nobody waits for a carrier.
bool make_raw(int fd) {
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return false;
  settings.c_iflag &= ~static_cast<tcflag_t>(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR |
                                             ICRNL | IXON | IXOFF | INPCK);
  settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  settings.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | CSTOPB | HUPCL);
  settings.c_cflag |= CS8 | CLOCAL | CREAD;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  cfsetispeed(&settings, B115200);
  cfsetospeed(&settings, B115200);
  return tcsetattr(fd, TCSANOW, &settings) == 0;
}

// What is no socket stays: the path may be a slip of the pen.
bool remove_socket(std::string const& path, std::string& why) {
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0 && errno == ENOENT) return true;
  if (S_ISSOCK(there.st_mode)) return unlink(path.c_str()) == 0 || failed("removing " + path, why);
  why = "listening on " + path + ": there is a file of that name, and it is no socket";
  return false;
}

}  // namespace

bool open_device(std::string const& path, port& opened, std::string& why) {
  // O_NONBLOCK already here: opening a UART may wait for a carrier.
  int const fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return failed("opening the port " + path, why);
  bool const terminal = isatty(fd) != 0;
  if (terminal && !make_raw(fd)) {
    failed("setting up the terminal " + path, why);
    close(fd);
    return false;
  }
  opened = {fd, fd, true, terminal};
  return true;
}

bool accept_socket(std::string const& path, port& opened, std::string& why) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return failed("listening on " + path, why);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  int const listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (listener < 0) return failed("making a socket", why);
  fcntl(listener, F_SETFD, FD_CLOEXEC);
  if (!remove_socket(path, why)) {
    close(listener);
    return false;
  }
  int connection = -1;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      listen(listener, 1) == 0)
    connection = accept(listener, nullptr, nullptr);
  if (connection < 0) failed("listening on " + path, why);
  close(listener);
  if (connection < 0) return false;
  fcntl(connection, F_SETFD, FD_CLOEXEC);
  set_nonblocking(connection);
  opened = {connection, connection, false, false};
  return true;
}

bool use_standard_streams(port& opened) {
  int const in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  int const out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (in < 0 || out < 0) return false;
  set_nonblocking(in);
  set_nonblocking(out);
  opened = {in, out, false, false};
  return true;
}

}  // namespace wedgehog::guest
