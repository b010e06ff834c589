/*
 * demo-server [TCP_PORT [UDP_PORT]]: who answers, over HTTP and UDP. Defaults 8080 and 9090; 0 picks a free port.
 *
 *   any path       "<hostname>: HELLO! I AM ALIVE!!!\n"
 *   /client        the address the request came from, "10.1.2.3\n": shows whether a load balancer keeps it
 *   /bytes/N       N times 'x', at most 16 MiB: a body larger than one segment shows a wrong MTU or checksum
 *   a UDP datagram the same greeting
 *
 * One process, one poll loop, one request per connection (Connection: close). SIGTERM ends it at once, also as PID 1,
 * and children that kubectl exec leaves behind are reaped.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CLIENTS = 1000, MAX_REQUEST = 8192, CHUNK = 65536, IDLE_SECONDS = 30, MAX_BYTES = 16 << 20 };

enum state { READING, ANSWERING, DRAINING };

struct client {
  int fd;
  enum state state;
  time_t deadline;
  size_t got;              /* bytes of the request in `buffer` */
  size_t length, sent;     /* of the answer's head in `buffer` */
  size_t filler;           /* 'x' still to send after it */
  char peer[INET6_ADDRSTRLEN];
  char buffer[MAX_REQUEST + 1];
};

static struct client clients[MAX_CLIENTS];
static int clientCount;
static char greeting[512];
static char filler[CHUNK];

static time_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec;
}

static void quit(int signal) {
  (void)signal;
  _exit(0);
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* Both families where the kernel has IPv6 (an IPv6 socket without V6ONLY), else IPv4 alone. */
static int openSocket(int type, int port) {
  int one = 1, zero = 0;
  int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (type == SOCK_DGRAM) setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&any6, sizeof any6) == 0) return fd;
    if (errno == EADDRINUSE) die("bind");
    close(fd);
  }
  fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (type == SOCK_DGRAM) setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&any4, sizeof any4) != 0) die("bind");
  return fd;
}

static int boundPort(int fd) {
  struct sockaddr_in6 address;
  socklen_t size = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) die("getsockname");
  return ntohs(address.sin6_port); /* sin_port lies at the same place */
}

/* The text of a peer's address; an IPv4 peer of the IPv6 socket is shown as IPv4. */
static void nameOf(const struct sockaddr_storage *from, char *text, size_t size) {
  text[0] = 0;
  if (from->ss_family == AF_INET) {
    inet_ntop(AF_INET, &((const struct sockaddr_in *)from)->sin_addr, text, size);
    return;
  }
  const struct in6_addr *address = &((const struct sockaddr_in6 *)from)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(address)) inet_ntop(AF_INET, &address->s6_addr[12], text, size);
  else inet_ntop(AF_INET6, address, text, size);
}

/*
 * The control data received with a datagram (the packet info: the address it was sent to) goes back out with the
 * answer, so that the answer leaves from the address that was asked.
 */
static void answerDatagrams(int fd) {
  char asked[2048], control[256];
  for (int i = 0; i < 64; i++) {
    struct sockaddr_storage from;
    struct iovec in = {asked, sizeof asked};
    struct msghdr message = {
        .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &in, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, 0) < 0) {
      if (errno == EAGAIN) return;
      continue;
    }
    struct iovec out = {greeting, strlen(greeting)};
    message.msg_iov = &out;
    message.msg_flags = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
      /* The interface it came in by must not decide the way back: the route does. */
      if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
        ((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex = 0;
      if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(c);
        if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr)) info->ipi6_ifindex = 0;
      }
    }
    sendmsg(fd, &message, 0);
  }
}

static void acceptClients(int listener) {
  while (clientCount < MAX_CLIENTS) {
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    int fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      return;
    }
    struct client *c = &clients[clientCount++];
    c->fd = fd;
    c->state = READING;
    c->deadline = now() + IDLE_SECONDS;
    c->got = 0;
    nameOf(&from, c->peer, sizeof c->peer);
  }
}

static void composeAnswer(struct client *c) {
  char method[16] = "", path[1024] = "", body[1024];
  const char *status = "200 OK";
  size_t extra = 0;
  c->buffer[c->got] = 0;
  snprintf(body, sizeof body, "%s", greeting);
  if (sscanf(c->buffer, "%15s %1023s", method, path) != 2) {
    status = "400 Bad Request";
    snprintf(body, sizeof body, "not an HTTP request\n");
  } else if (strcmp(path, "/client") == 0) {
    snprintf(body, sizeof body, "%s\n", c->peer);
  } else if (strncmp(path, "/bytes/", 7) == 0) {
    char *end;
    errno = 0;
    unsigned long wanted = strtoul(path + 7, &end, 10);
    if (errno != 0 || end == path + 7 || *end != 0 || path[7] == '-' || wanted > MAX_BYTES) {
      status = "400 Bad Request";
      snprintf(body, sizeof body, "a count of 0 to %d, please\n", MAX_BYTES);
    } else {
      body[0] = 0;
      extra = wanted;
    }
  }
  size_t size = strlen(body) + extra;
  if (strcmp(method, "HEAD") == 0) body[0] = 0, extra = 0;
  c->length = snprintf(c->buffer, sizeof c->buffer,
                       "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                       status, size, body);
  c->sent = 0;
  c->filler = extra;
  c->state = ANSWERING;
}

/* Each of these returns 0 when the connection is done with. */
static int readRequest(struct client *c) {
  ssize_t n = read(c->fd, c->buffer + c->got, MAX_REQUEST - c->got);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return 0;
  c->got += n;
  if (memmem(c->buffer, c->got, "\r\n\r\n", 4) != NULL || c->got == MAX_REQUEST) composeAnswer(c);
  return 1;
}

static int writeAnswer(struct client *c) {
  while (c->sent < c->length || c->filler > 0) {
    int head = c->sent < c->length;
    size_t size = head ? c->length - c->sent : c->filler < CHUNK ? c->filler : CHUNK;
    ssize_t n = send(c->fd, head ? c->buffer + c->sent : filler, size, MSG_NOSIGNAL | (head && c->filler ? MSG_MORE : 0));
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (head) c->sent += n;
    else c->filler -= n;
    c->deadline = now() + IDLE_SECONDS;
  }
  /* A close with unread input would reset the connection and could take the answer with it: read to the end first. */
  shutdown(c->fd, SHUT_WR);
  c->state = DRAINING;
  c->deadline = now() + 2;
  return 1;
}

static int drain(struct client *c) {
  char rest[4096];
  ssize_t n = read(c->fd, rest, sizeof rest);
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static int serve(struct client *c, short ready) {
  if (ready & (POLLERR | POLLNVAL)) return 0;
  if (c->state == READING) {
    if (!readRequest(c)) return 0;
    if (c->state != ANSWERING) return 1;
  }
  if (c->state == ANSWERING) return writeAnswer(c);
  return drain(c);
}

static int portArgument(const char *text) {
  char *end;
  long port = strtol(text, &end, 10);
  if (*text == 0 || *end != 0 || port < 0 || port > 65535) {
    fprintf(stderr, "usage: demo-server [TCP_PORT [UDP_PORT]]\n");
    exit(2);
  }
  return (int)port;
}

int main(int argc, char **argv) {
  static struct pollfd polled[MAX_CLIENTS + 2];
  char host[256] = "";
  signal(SIGTERM, quit);
  signal(SIGINT, quit);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN); /* ignored children are reaped by the kernel */
  memset(filler, 'x', sizeof filler);
  if (gethostname(host, sizeof host - 1) != 0) die("gethostname");
  snprintf(greeting, sizeof greeting, "%s: HELLO! I AM ALIVE!!!\n", host);

  int tcp = openSocket(SOCK_STREAM, argc > 1 ? portArgument(argv[1]) : 8080);
  int udp = openSocket(SOCK_DGRAM, argc > 2 ? portArgument(argv[2]) : 9090);
  if (listen(tcp, 512) != 0) die("listen");
  printf("%s answers HTTP on port %d and UDP on port %d\n", host, boundPort(tcp), boundPort(udp));
  fflush(stdout);

  for (;;) {
    polled[0] = (struct pollfd){udp, POLLIN, 0};
    polled[1] = (struct pollfd){clientCount < MAX_CLIENTS ? tcp : -1, POLLIN, 0};
    for (int i = 0; i < clientCount; i++)
      polled[i + 2] = (struct pollfd){clients[i].fd, clients[i].state == ANSWERING ? POLLOUT : POLLIN, 0};
    int watched = clientCount;
    if (poll(polled, watched + 2, clientCount > 0 ? 1000 : -1) < 0) {
      if (errno == EINTR) continue;
      die("poll");
    }
    if (polled[0].revents) answerDatagrams(udp);
    time_t time = now();
    /* From the back, so that the last one, which takes the place of one that goes, has been served. */
    for (int i = watched - 1; i >= 0; i--) {
      short ready = polled[i + 2].revents;
      int alive = ready ? serve(&clients[i], ready) : clients[i].deadline > time;
      if (alive) continue;
      close(clients[i].fd);
      clients[i] = clients[--clientCount];
    }
    if (polled[1].revents) acceptClients(tcp);
  }
}
