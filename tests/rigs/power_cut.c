/* Loaded before libc (LD_PRELOAD): writes down every change of a file below $POWER_CUT_FOLDER, in its order, in
 * $POWER_CUT_LOG, while the change takes place. tests/rigs/power_cut.py reads the log and makes the folder as a power
 * cut at any moment could have left it. One record: operation, length of path, offset, length of data, path, data. */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_FILES 4096
static char *path_of[MOST_FILES];
static int log_fd = -1;
static const char *folder;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)
typedef ssize_t (*write_t)(int, const void *, size_t);
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef int (*open_t)(const char *, int, ...);
typedef int (*fd_t)(int);
typedef int (*truncate_t)(int, off_t);
typedef int (*path_t)(const char *);
typedef int (*paths_t)(const char *, const char *);
typedef int (*at_t)(int, const char *, int);

static void put(const void *data, size_t length) {
    REAL("write", write_t);
    const char *from = data;
    while (length > 0) {
        ssize_t done = real(log_fd, from, length);
        if (done <= 0) _exit(70);
        from += done;
        length -= (size_t)done;
    }
}

static void note(char operation, const char *path, int64_t offset, const void *data, size_t length) {
    uint32_t path_length = (uint32_t)strlen(path), data_length = (uint32_t)length;
    pthread_mutex_lock(&lock);
    put(&operation, 1);
    put(&path_length, 4);
    put(&offset, 8);
    put(&data_length, 4);
    put(path, path_length);
    put(data, length);
    pthread_mutex_unlock(&lock);
}

static int ours(const char *path) { return folder && path && strncmp(path, folder, strlen(folder)) == 0; }
static const char *known(int fd) { return fd >= 0 && fd < MOST_FILES ? path_of[fd] : NULL; }

__attribute__((constructor)) static void begin(void) {
    REAL("open", open_t);
    folder = getenv("POWER_CUT_FOLDER");
    const char *log = getenv("POWER_CUT_LOG");
    if (folder && log) log_fd = real(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (folder && log_fd < 0) _exit(71);
}

static int opened(open_t real, const char *path, int flags, int mode) {
    int is_new = ours(path) && (flags & O_CREAT) && access(path, F_OK) != 0;
    int fd = real(path, flags, mode);
    if (fd >= 0 && fd < MOST_FILES && ours(path)) {
        free(path_of[fd]);
        path_of[fd] = strdup(path);
        if (is_new) note('c', path, 0, "", 0);
        else if ((flags & O_TRUNC) && (flags & (O_WRONLY | O_RDWR))) note('t', path, 0, "", 0);
    }
    return fd;
}

#define OPEN(name) int name(const char *path, int flags, ...) { \
    REAL(#name, open_t); va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    return opened(real, path, flags, mode); }
OPEN(open)
OPEN(open64)

int close(int fd) {
    REAL("close", fd_t);
    if (known(fd)) { free(path_of[fd]); path_of[fd] = NULL; }
    return real(fd);
}

ssize_t write(int fd, const void *data, size_t length) {
    REAL("write", write_t);
    off_t at = known(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = real(fd, data, length);
    if (done > 0 && known(fd)) note('w', known(fd), at, data, (size_t)done);
    return done;
}

#define PWRITE(name) ssize_t name(int fd, const void *data, size_t length, off_t at) { \
    REAL(#name, pwrite_t); ssize_t done = real(fd, data, length, at); \
    if (done > 0 && known(fd)) note('w', known(fd), at, data, (size_t)done); \
    return done; }
PWRITE(pwrite)
PWRITE(pwrite64)

#define SYNC(name) int name(int fd) { \
    REAL(#name, fd_t); int done = real(fd); if (done == 0 && known(fd)) note('s', known(fd), 0, "", 0); return done; }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name) int name(int fd, off_t length) { \
    REAL(#name, truncate_t); int done = real(fd, length); \
    if (done == 0 && known(fd)) note('t', known(fd), length, "", 0); return done; }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int unlink(const char *path) {
    REAL("unlink", path_t);
    int done = real(path);
    if (done == 0 && ours(path)) note('u', path, 0, "", 0);
    return done;
}

int unlinkat(int at, const char *path, int flags) {
    REAL("unlinkat", at_t);
    int done = real(at, path, flags);
    if (done == 0 && ours(path)) note('u', path, 0, "", 0);
    return done;
}

int rename(const char *from, const char *to) {
    REAL("rename", paths_t);
    int done = real(from, to);
    if (done == 0 && ours(from)) note('r', from, 0, to, strlen(to));
    return done;
}

int link(const char *from, const char *to) {
    REAL("link", paths_t);
    int done = real(from, to);
    if (done == 0 && ours(from)) note('l', from, 0, to, strlen(to));
    return done;
}

int linkat(int at, const char *from, int at_to, const char *to, int flags) {
    typedef int (*linkat_t)(int, const char *, int, const char *, int);
    REAL("linkat", linkat_t);
    int done = real(at, from, at_to, to, flags);
    if (done == 0 && ours(from)) note('l', from, 0, to, strlen(to));
    return done;
}
