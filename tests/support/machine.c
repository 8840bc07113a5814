/* The clocks of a machine that a test sets, puts to sleep and starts again: preload it into a process.
 *
 * The folder that MACHINE names holds "offsets", three 64-bit numbers of nanoseconds to be added to
 * CLOCK_REALTIME, CLOCK_BOOTTIME and CLOCK_MONOTONIC, and "boot_id". A wait until a moment is handed to
 * the kernel as the kernel counts, so that a process sleeps no longer and no shorter than it wants to.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define REAL(name) ((__typeof__(&name))kept(&real_##name, #name))
#define EACH(act)                                                                                           \
    act(clock_gettime) act(clock_nanosleep) act(sem_clockwait) act(sem_timedwait) act(pthread_cond_clockwait) \
    act(pthread_cond_timedwait) act(syscall) act(open) act(open64)
#define KEEP(name) static void *real_##name;
#define FIND(name) (void)REAL(name);

EACH(KEEP)

enum { WALL, BOOT, AWAKE };
static volatile int64_t *offsets;
static char boot_id[4096];

static void *kept(void **function, const char *name) {
    if (!*function && !(*function = dlsym(RTLD_NEXT, name)))
        abort();
    return *function;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("MACHINE");
    char path[4096];
    /* dlsym takes the lock of the loader: a thread that looks at the clock would wait for a library that is being
     * loaded, and whoever loads it may be waiting for that thread. */
    EACH(FIND)
    if (!folder)
        return;
    snprintf(boot_id, sizeof boot_id, "%s/boot_id", folder);
    snprintf(path, sizeof path, "%s/offsets", folder);
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    void *map = mmap(NULL, 3 * sizeof *offsets, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (map == MAP_FAILED)
        abort();
    offsets = map;
}

static int64_t offset(clockid_t clock) {
    if (!offsets)
        return 0;
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        return offsets[WALL];
    case CLOCK_BOOTTIME:
        return offsets[BOOT];
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
        return offsets[AWAKE];
    default:
        return 0;
    }
}

static struct timespec moved(struct timespec at, int64_t by) {
    int64_t all = at.tv_sec * SECOND + at.tv_nsec + by;
    if (all < 0)
        all = 0;
    return (struct timespec){all / SECOND, all % SECOND};
}

/* The same moment as the kernel counts. */
static const struct timespec *true_moment(clockid_t clock, const struct timespec *at, struct timespec *room) {
    if (!at)
        return NULL;
    *room = moved(*at, -offset(clock));
    return room;
}

/* Some callers do not say which clock they mean: no monotonic one has counted thirty years. */
static clockid_t guessed(const struct timespec *at) {
    return at && at->tv_sec > 1000000000 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = REAL(clock_gettime)(clock, now);
    if (!failed)
        *now = moved(*now, offset(clock));
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec at;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &at))
        return -1;
    *now = (struct timeval){at.tv_sec, at.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *now) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (now)
        *now = at.tv_sec;
    return at.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wait, struct timespec *left) {
    struct timespec room;
    if (flags & TIMER_ABSTIME)
        wait = true_moment(clock, wait, &room);
    return REAL(clock_nanosleep)(clock, flags, wait, left);
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until) {
    struct timespec room;
    return REAL(sem_clockwait)(semaphore, clock, true_moment(clock, until, &room));
}

int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    struct timespec room;
    return REAL(sem_timedwait)(semaphore, true_moment(CLOCK_REALTIME, until, &room));
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *until) {
    struct timespec room;
    return REAL(pthread_cond_clockwait)(condition, mutex, clock, true_moment(clock, until, &room));
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    struct timespec room;
    return REAL(pthread_cond_timedwait)(condition, mutex, true_moment(guessed(until), until, &room));
}

/* Qt waits by futexes of its own. */
long syscall(long number, ...) {
    struct timespec room;
    va_list given;
    long a, b, c, d, e, f;
    va_start(given, number);
    a = va_arg(given, long);
    b = va_arg(given, long);
    c = va_arg(given, long);
    d = va_arg(given, long);
    e = va_arg(given, long);
    f = va_arg(given, long);
    va_end(given);
    if (number == SYS_futex && (b & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET) {
        clockid_t clock = b & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        d = (long)true_moment(clock, (const struct timespec *)d, &room);
    }
    return REAL(syscall)(number, a, b, c, d, e, f);
}

static const char *redirected(const char *path) {
    return offsets && !strcmp(path, "/proc/sys/kernel/random/boot_id") ? boot_id : path;
}

#define OPENS(name)                                                                                         \
    int name(const char *path, int flags, ...) {                                                            \
        va_list given;                                                                                      \
        va_start(given, flags);                                                                             \
        mode_t mode = va_arg(given, mode_t);                                                                \
        va_end(given);                                                                                      \
        return REAL(name)(redirected(path), flags, mode);                                                   \
    }
OPENS(open)
OPENS(open64)
