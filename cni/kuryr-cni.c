/*
 * kuryr-cni: carries one CNI call to the node daemon and its answer back. It decides nothing.
 *
 * In C because it runs once or more for every pod: a start costs 0.3 ms of CPU, where Node would cost 25 to 60.
 *
 * To the daemon:   each CNI_* variable as NAME=VALUE\0, then one \0, then standard input as it comes; all of it in pieces,
 *                  each after its length (4 bytes, big-endian), with a length of 0 at the end. The connection stays open,
 *                  so that the daemon notices when the runtime kills this process.
 * From the daemon: one digit, the exit code, then a length (4 bytes, big-endian), then what goes to standard output.
 * The daemon not there, or gone in the middle: CNI error 11 (try again later), for STATUS 50 (not available); exit code 1.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef KURYR_CNI_SOCKET
#define KURYR_CNI_SOCKET "/run/kuryr/cni.sock"
#endif
/* Longer than the daemon lets any call take, so that its own, better, error arrives first: an ADD may wait several times
   for [cni_daemon]vif_annotation_timeout. What is too long for the runtime it ends itself, by a signal. */
#ifndef ANSWER_SECONDS
#define ANSWER_SECONDS 600
#endif
#define ANSWER_BYTES (1 << 20)

extern char **environ;

static int code_unreachable = 11;

static int try_again(const char *what) {
  printf("{\"cniVersion\":\"1.0.0\",\"code\":%d,\"msg\":\"KURYR_DAEMON_UNREACHABLE: %s (%s)\","
         "\"details\":\"is the kuryr-cni pod of this node running? see its log\"}\n",
         code_unreachable, what, strerror(errno));
  return 1;
}

static int send_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return -1;
    data += sent;
    length -= (size_t)sent;
  }
  return 0;
}

/* One piece: its length and its bytes, filled up and sent in one go: each send wakes the daemon. */
static struct {
  unsigned char header[4];
  char data[65536 - 8];
  char end[4]; /* The length 0 that follows the last piece, which is sent along with it. */
} piece;
static size_t used;

static int flush(int fd, int last) {
  for (int i = 0; i < 4; i++) piece.header[i] = (unsigned char)(used >> (24 - 8 * i));
  size_t length = sizeof piece.header + used;
  if (last && used > 0) memset(piece.data + used, 0, 4);
  if (last && used > 0) length += 4;
  used = 0;
  return send_all(fd, (const char *)&piece, length);
}

static int add(int fd, const char *data, size_t length) {
  while (length > 0) {
    size_t part = sizeof piece.data - used < length ? sizeof piece.data - used : length;
    memcpy(piece.data + used, data, part);
    used += part;
    data += part;
    length -= part;
    if (used == sizeof piece.data && flush(fd, 0) < 0) return -1;
  }
  return 0;
}

/* All of length, or what is wrong on standard output. */
static int receive(int fd, char *data, size_t length) {
  while (length > 0) {
    ssize_t got = recv(fd, data, length, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return try_again("the Kuryr daemon did not answer in time"), -1;
    if (got == 0) {
      errno = ECONNRESET;
      return try_again("the Kuryr daemon closed the connection without an answer"), -1;
    }
    data += got;
    length -= (size_t)got;
  }
  return 0;
}

int main(void) {
  static char buffer[16384];
  const char *command = getenv("CNI_COMMAND");
  const char *path = getenv("KURYR_CNI_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct timeval limit = {.tv_sec = ANSWER_SECONDS};
  ssize_t got;
  int fd;

  if (command != NULL && strcmp(command, "VERSION") == 0) {
    puts("{\"cniVersion\":\"1.1.0\",\"supportedVersions\":[\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}");
    return 0;
  }
  if (command != NULL && strcmp(command, "STATUS") == 0) code_unreachable = 50;
  if (path == NULL || strlen(path) >= sizeof address.sun_path) path = KURYR_CNI_SOCKET;
  strcpy(address.sun_path, path);
  fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return try_again("no connection to the Kuryr daemon");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  /* Also for connect(2), which waits while more callers than the backlog holds are not taken up: unix(7), socket(7). */
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return try_again("no connection to the Kuryr daemon");

  /* A daemon that refuses (too much input, say) answers and closes early: a failed send is no reason not to read. */
  int open = 1;
  for (char **entry = environ; *entry != NULL && open; entry++)
    if (strncmp(*entry, "CNI_", 4) == 0) open = add(fd, *entry, strlen(*entry) + 1) == 0;
  if (open) open = add(fd, "", 1) == 0;
  while (open && ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)))
    if (got > 0) open = add(fd, buffer, (size_t)got) == 0;
  if (open) flush(fd, 1);

  unsigned char header[5];
  if (receive(fd, (char *)header, sizeof header) < 0) return 1;
  int code = header[0] - '0';
  size_t length = 0;
  for (int i = 1; i < 5; i++) length = length << 8 | header[i];
  char *answer = code < 0 || code > 9 || length > ANSWER_BYTES ? NULL : malloc(length + 1);
  if (answer == NULL) {
    errno = EPROTO;
    return try_again("the Kuryr daemon gave an answer that is none");
  }
  if (receive(fd, answer, length) < 0) return 1;
  fwrite(answer, 1, length, stdout);
  return fflush(stdout) == 0 ? code : 1;
}
