/*
 * time-plugin PLUGIN: runs a CNI plugin as a container runtime does, and writes to descriptor 3 how many microseconds
 * passed from the start of its process to its end. Node's own spawn costs milliseconds, which are no part of an ADD.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

int main(int argc, char **argv) {
  struct timespec start, end;
  pid_t child;
  int status;
  if (argc != 2) return 64;
  clock_gettime(CLOCK_MONOTONIC, &start);
  if (posix_spawn(&child, argv[1], NULL, NULL, argv + 1, environ) != 0) return 127;
  if (waitpid(child, &status, 0) < 0) return 126;
  clock_gettime(CLOCK_MONOTONIC, &end);
  dprintf(3, "%ld\n", (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
