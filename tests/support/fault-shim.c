/*
 * Makes chosen calls of a process to the disk fail, or kill it, by LD_PRELOAD.
 *
 * SEKISHO_FAULTS holds rules separated by ';', each "action,call,path,first,count": from the first-th to the
 * (first+count-1)-th call of that kind on a path that contains the text, do the action. Calls: open (for writing),
 * write, sync, truncate, rename, unlink, or any. Actions: enospc, eio, erofs (the call is not made and fails so), kill
 * (SIGKILL before the call), killed (SIGKILL after it), none (count only). SEKISHO_FAULT_COUNTS names a file that is
 * given the number of matching calls of each rule, one a line, when the process ends in order.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_RULES 16

struct rule {
  char action[8], call[12], path[128];
  long first, count, seen;
};
static struct rule rules[MAX_RULES];
static int rule_count;

__attribute__((constructor)) static void read_rules(void) {
  const char *text = getenv("SEKISHO_FAULTS");
  while (text && *text && rule_count < MAX_RULES) {
    struct rule *rule = &rules[rule_count];
    if (sscanf(text, "%7[^,],%11[^,],%127[^,],%ld,%ld", rule->action, rule->call, rule->path, &rule->first,
               &rule->count) == 5)
      rule_count++;
    text = strchr(text, ';');
    if (text) text++;
  }
}

__attribute__((destructor)) static void tell_counts(void) {
  const char *path = getenv("SEKISHO_FAULT_COUNTS");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  for (int i = 0; i < rule_count; i++) fprintf(file, "%ld\n", rules[i].seen);
  fclose(file);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Returns 0 to go on, 1 to go on and die after, -1 with errno to fail. */
static int judge(const char *call, const char *path) {
  int verdict = 0;
  for (int i = 0; i < rule_count; i++) {
    struct rule *rule = &rules[i];
    if (strcmp(rule->call, "any") && strcmp(rule->call, call)) continue;
    if (!strstr(path, rule->path)) continue;

    long seen = __sync_add_and_fetch(&rule->seen, 1);
    if (seen < rule->first || seen >= rule->first + rule->count) continue;
    if (!strcmp(rule->action, "kill")) die();
    if (!strcmp(rule->action, "killed")) verdict = 1;
    else if (!strcmp(rule->action, "enospc")) errno = ENOSPC, verdict = -1;
    else if (!strcmp(rule->action, "eio")) errno = EIO, verdict = -1;
    else if (!strcmp(rule->action, "erofs")) errno = EROFS, verdict = -1;
  }
  return verdict;
}

static int judge_fd(const char *call, int fd) {
  char link[64], path[1024];
  if (rule_count == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 2);
  if (length < 0 || path[0] != '/') return 0;
  path[length] = '$';
  path[length + 1] = 0;
  return judge(call, path);
}

static int judge_path(const char *call, const char *path) {
  char ended[1024];
  if (rule_count == 0) return 0;
  snprintf(ended, sizeof ended, "%s$", path);
  return judge(call, ended);
}

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define FINISH(verdict, type, expression) \
  do { \
    if ((verdict) < 0) return -1; \
    type result_ = (expression); \
    int saved_ = errno; \
    if ((verdict) > 0) die(); \
    errno = saved_; \
    return result_; \
  } while (0)

ssize_t write(int fd, const void *data, size_t size) {
  REAL(write);
  int verdict = judge_fd("write", fd);
  FINISH(verdict, ssize_t, real(fd, data, size));
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
  REAL(pwrite);
  int verdict = judge_fd("write", fd);
  FINISH(verdict, ssize_t, real(fd, data, size, offset));
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  REAL(pwrite64);
  int verdict = judge_fd("write", fd);
  FINISH(verdict, ssize_t, real(fd, data, size, offset));
}
ssize_t writev(int fd, const struct iovec *vectors, int count) {
  REAL(writev);
  int verdict = judge_fd("write", fd);
  FINISH(verdict, ssize_t, real(fd, vectors, count));
}
int fsync(int fd) {
  REAL(fsync);
  int verdict = judge_fd("sync", fd);
  FINISH(verdict, int, real(fd));
}
int fdatasync(int fd) {
  REAL(fdatasync);
  int verdict = judge_fd("sync", fd);
  FINISH(verdict, int, real(fd));
}
int ftruncate(int fd, off_t size) {
  REAL(ftruncate);
  int verdict = judge_fd("truncate", fd);
  FINISH(verdict, int, real(fd, size));
}
int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  int verdict = judge_fd("truncate", fd);
  FINISH(verdict, int, real(fd, size));
}
int unlink(const char *path) {
  REAL(unlink);
  int verdict = judge_path("unlink", path);
  FINISH(verdict, int, real(path));
}
int rename(const char *from, const char *to) {
  REAL(rename);
  int verdict = judge_path("rename", from);
  FINISH(verdict, int, real(from, to));
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
      va_list arguments; \
      va_start(arguments, flags); \
      mode = va_arg(arguments, mode_t); \
      va_end(arguments); \
    } \
    int verdict = (flags & O_ACCMODE) == O_RDONLY ? 0 : judge_path("open", path); \
    FINISH(verdict, int, real(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)
