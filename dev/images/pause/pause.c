/*
 * The sandbox's first process: holds the pod's namespaces, reaps what is reparented to it, and leaves on SIGTERM or
 * SIGINT. A signal without a handler is ignored by the kernel for PID 1, so each one that matters is waited for.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  sigset_t waited;
  sigemptyset(&waited);
  sigaddset(&waited, SIGCHLD);
  sigaddset(&waited, SIGTERM);
  sigaddset(&waited, SIGINT);
  if (sigprocmask(SIG_BLOCK, &waited, NULL) != 0) return 1;
  for (;;) {
    int got = sigwaitinfo(&waited, NULL);
    if (got < 0 && errno != EINTR) return 1;
    if (got == SIGTERM || got == SIGINT) return 0;
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
}
