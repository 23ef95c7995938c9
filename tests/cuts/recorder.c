/*
 * Preloaded into a process, writes down in order what it does to the files of one folder, and the marks that the
 * process sets between. One record: header, then its bytes. Calls go to the kernel as they are.
 *
 * HEARTH_CUTS_FOLDER  the folder, without a slash at its end
 * HEARTH_CUTS_LOG     file of the records, outside of the folder
 * HEARTH_CUTS_MARKS   path that the process opens to write marks to; nothing is written there
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN = 1, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, MARK, FOREIGN };

struct header {
  uint32_t kind;
  uint32_t handle; /* of an OPEN; unique for each */
  uint64_t offset; /* of a WRITE; size of a TRUNCATE; flags of an OPEN */
  uint32_t length; /* of the bytes that follow */
  uint32_t shared; /* OPEN: 1 for the memory that SQLite shares beside a log */
};

enum { FDS_MAX = 65536, MARKS = UINT32_MAX };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder, *marks;
static size_t folder_length;
static int log_fd = -1;
static uint32_t handles;
static uint32_t handle_of[FDS_MAX];
static uint8_t is_shared[FDS_MAX];

static int (*next_open)(const char *, int, ...);
static int (*next_openat)(int, const char *, int, ...);
static int (*next_close)(int);
static ssize_t (*next_write)(int, const void *, size_t);
static ssize_t (*next_pwrite)(int, const void *, size_t, off_t);
static int (*next_ftruncate)(int, off_t);
static int (*next_fsync)(int);
static int (*next_fdatasync)(int);
static int (*next_unlink)(const char *);
static int (*next_rename)(const char *, const char *);

static void *next_of(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

/* Other constructors may run before this one: every call comes here first. */
__attribute__((constructor)) static void start(void) {
  if (next_rename != NULL) return;
  next_open = next_of("open64");
  next_openat = next_of("openat64");
  next_close = next_of("close");
  next_write = next_of("write");
  next_pwrite = next_of("pwrite64");
  next_ftruncate = next_of("ftruncate64");
  next_fsync = next_of("fsync");
  next_fdatasync = next_of("fdatasync");
  next_unlink = next_of("unlink");
  next_rename = next_of("rename");
  const char *log = getenv("HEARTH_CUTS_LOG");
  folder = getenv("HEARTH_CUTS_FOLDER");
  marks = getenv("HEARTH_CUTS_MARKS");
  if (log == NULL || folder == NULL || marks == NULL) return;
  folder_length = strlen(folder);
  log_fd = next_open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) abort();
}

static void put(const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    ssize_t done = next_write(log_fd, at, length);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) abort();
    at += done;
    length -= (size_t)done;
  }
}

static void record(struct header head, const void *bytes) {
  put(&head, sizeof head);
  if (head.length > 0) put(bytes, head.length);
}

/* Name within the folder, "" for the folder itself, NULL for anything else. */
static const char *name_of(const char *path) {
  start();
  if (log_fd < 0 || path == NULL || strncmp(path, folder, folder_length) != 0) return NULL;
  if (path[folder_length] == '\0') return path + folder_length;
  return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

static int ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

static uint32_t handle_at(int fd) {
  start();
  return fd >= 0 && fd < FDS_MAX ? handle_of[fd] : 0;
}

static int is_file(int fd) {
  uint32_t handle = handle_at(fd);
  return handle != 0 && handle != MARKS;
}

static void note(int kind, int fd, uint64_t offset, const void *bytes, size_t length) {
  struct header head = {.kind = kind, .handle = handle_at(fd), .offset = offset, .length = (uint32_t)length};
  record(head, bytes);
}

/* A call that the records cannot express: the reader of the log refuses it. */
static void foreign(const char *call) {
  pthread_mutex_lock(&lock);
  note(FOREIGN, -1, 0, call, strlen(call));
  pthread_mutex_unlock(&lock);
}

static int open_as(int at, const char *path, int flags, mode_t mode) {
  const char *name = name_of(path);
  int is_marks = log_fd >= 0 && path != NULL && strcmp(path, marks) == 0;
  if (name == NULL && !is_marks) return next_openat(at, path, flags, mode);
  pthread_mutex_lock(&lock);
  int fd = next_openat(at, path, flags, mode);
  int code = errno;
  if (fd >= FDS_MAX) abort();
  if (fd >= 0 && is_marks) handle_of[fd] = MARKS;
  if (fd >= 0 && !is_marks) {
    handle_of[fd] = ++handles;
    is_shared[fd] = (uint8_t)ends_with(name, "-shm");
    struct header head = {
        .kind = OPEN, .handle = handles, .offset = (uint32_t)flags, .length = strlen(name), .shared = is_shared[fd]};
    record(head, name);
  }
  pthread_mutex_unlock(&lock);
  errno = code;
  return fd;
}

static mode_t mode_of(int flags, va_list list) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

#define OPEN_LIKE(symbol)                         \
  int symbol(const char *path, int flags, ...) {  \
    va_list list;                                 \
    va_start(list, flags);                        \
    mode_t mode = mode_of(flags, list);           \
    va_end(list);                                 \
    return open_as(AT_FDCWD, path, flags, mode);  \
  }
#define OPENAT_LIKE(symbol)                               \
  int symbol(int at, const char *path, int flags, ...) {  \
    va_list list;                                         \
    va_start(list, flags);                                \
    mode_t mode = mode_of(flags, list);                   \
    va_end(list);                                         \
    return open_as(at, path, flags, mode);                \
  }
OPEN_LIKE(open)
OPEN_LIKE(open64)
OPENAT_LIKE(openat)
OPENAT_LIKE(openat64)

int close(int fd) {
  if (handle_at(fd) != 0) {
    pthread_mutex_lock(&lock);
    handle_of[fd] = 0;
    pthread_mutex_unlock(&lock);
  }
  return next_close(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (handle_at(fd) == 0) return next_write(fd, bytes, length);
  if (is_file(fd)) {
    foreign("write");
    return next_write(fd, bytes, length);
  }
  pthread_mutex_lock(&lock);
  note(MARK, -1, 0, bytes, length);
  pthread_mutex_unlock(&lock);
  return (ssize_t)length;
}

static ssize_t pwrite_as(int fd, const void *bytes, size_t length, off_t offset) {
  if (!is_file(fd)) return next_pwrite(fd, bytes, length, offset);
  pthread_mutex_lock(&lock);
  ssize_t done = next_pwrite(fd, bytes, length, offset);
  int code = errno;
  if (done > 0) note(WRITE, fd, (uint64_t)offset, bytes, (size_t)done);
  pthread_mutex_unlock(&lock);
  errno = code;
  return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite_as(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return pwrite_as(fd, bytes, length, offset);
}

static int ftruncate_as(int fd, off_t size) {
  if (!is_file(fd)) return next_ftruncate(fd, size);
  pthread_mutex_lock(&lock);
  int done = next_ftruncate(fd, size);
  int code = errno;
  if (done == 0) note(TRUNCATE, fd, (uint64_t)size, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = code;
  return done;
}
int ftruncate(int fd, off_t size) { return ftruncate_as(fd, size); }
int ftruncate64(int fd, off64_t size) { return ftruncate_as(fd, size); }

static int sync_as(int fd, int (*next)(int)) {
  if (!is_file(fd)) return next(fd);
  pthread_mutex_lock(&lock);
  int done = next(fd);
  int code = errno;
  if (done == 0) note(SYNC, fd, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = code;
  return done;
}
int fsync(int fd) { return sync_as(fd, next_fsync); }
int fdatasync(int fd) { return sync_as(fd, next_fdatasync); }

int unlink(const char *path) {
  const char *name = name_of(path);
  if (name == NULL) return next_unlink(path);
  pthread_mutex_lock(&lock);
  int done = next_unlink(path);
  int code = errno;
  if (done == 0) note(UNLINK, -1, 0, name, strlen(name));
  pthread_mutex_unlock(&lock);
  errno = code;
  return done;
}

/* Both names, with a NUL between them. */
int rename(const char *from, const char *to) {
  const char *old_name = name_of(from), *new_name = name_of(to);
  if (old_name == NULL && new_name == NULL) return next_rename(from, to);
  if (old_name == NULL || new_name == NULL) foreign("rename over the border of the folder");
  char both[2 * PATH_MAX];
  pthread_mutex_lock(&lock);
  int done = next_rename(from, to);
  int code = errno;
  if (done == 0 && old_name != NULL && new_name != NULL) {
    int length = snprintf(both, sizeof both, "%s%c%s", old_name, 0, new_name);
    if (length < 0 || (size_t)length >= sizeof both) abort();
    note(RENAME, -1, 0, both, (size_t)length);
  }
  pthread_mutex_unlock(&lock);
  errno = code;
  return done;
}

/* What must not happen to a file of the folder, as it would change it unseen. */
#define NEXT(symbol) ((__typeof__(&symbol))next_of(#symbol))

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (is_file(fd)) foreign("writev");
  if (handle_at(fd) == MARKS) abort();
  return NEXT(writev)(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  if (is_file(fd)) foreign("pwritev");
  return NEXT(pwritev)(fd, parts, count, offset);
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
  if (is_file(fd)) foreign("fallocate");
  return NEXT(fallocate)(fd, mode, offset, length);
}
int posix_fallocate(int fd, off_t offset, off_t length) {
  if (is_file(fd)) foreign("posix_fallocate");
  return NEXT(posix_fallocate)(fd, offset, length);
}
int unlinkat(int at, const char *path, int flags) {
  if (name_of(path) != NULL) foreign("unlinkat");
  return NEXT(unlinkat)(at, path, flags);
}
int renameat(int from_at, const char *from, int to_at, const char *to) {
  if (name_of(from) != NULL || name_of(to) != NULL) foreign("renameat");
  return NEXT(renameat)(from_at, from, to_at, to);
}

static void *mmap_as(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  static void *(*next)(void *, size_t, int, int, int, off_t);
  if (next == NULL) next = next_of("mmap64");
  int writes = (protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0;
  if (writes && (flags & MAP_ANONYMOUS) == 0 && is_file(fd) && !is_shared[fd]) foreign("mmap");
  return next(at, length, protection, flags, fd, offset);
}
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  return mmap_as(at, length, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mmap_as(at, length, protection, flags, fd, offset);
}
