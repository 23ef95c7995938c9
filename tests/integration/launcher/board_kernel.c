/*
 * The drivers' fake kernel for tests that run a whole launcher: what happens to its lines is written to a file, and a
 * file makes it hang. It reads its folder from the variable HEARTH_FAKE_KERNEL.
 *
 *   <folder>/changes  "<ms since 1970> <offset> <level>" for each change of a level, "<ms> hangs" when a call hangs
 *   <folder>/hang     the next reading of line 7 never returns; the file is removed first
 *   <folder>/busy     "<offset> <ms>": that line is held by "dead" until so long after the library was loaded
 *   Addresses 0x48 to 0x4a are one and the same sensor, at 21.5 °C.
 *   <folder>/high     "<offset>": that line is energized when the library is loaded
 */
#define ioctl fake_ioctl
#include "../drivers/fake_kernel.c"
#undef ioctl

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { HANGING_LINE = 7, NO_LINE = -1 };
static int last_levels[LINES];
static int busy_line = NO_LINE;
static long long busy_until_ms;

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static const char *path_of(const char *name)
{
    static __thread char path[512];
    const char *folder = getenv("HEARTH_FAKE_KERNEL");
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "/nonexistent", name);
    return path;
}

/* The real calls: this library's own open and close are the fake ones. */
static int real_open(const char *path, int flags) { return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600); }

static void append(const char *text)
{
    int fd = real_open(path_of("changes"), O_WRONLY | O_CREAT | O_APPEND);
    if (fd < 0) return;
    syscall(SYS_write, fd, text, strlen(text));
    syscall(SYS_close, fd);
}

static void note_changes(void)
{
    char text[64];
    for (int i = 0; i < LINES; i++) {
        if (lines[i].level == last_levels[i]) continue;
        last_levels[i] = lines[i].level;
        snprintf(text, sizeof text, "%lld %d %d\n", now_ms(), i, lines[i].level);
        append(text);
    }
}

static int read_file(const char *name, char *into, size_t size)
{
    int fd = real_open(path_of(name), O_RDONLY);
    if (fd < 0) return 0;
    long count = syscall(SYS_read, fd, into, size - 1);
    syscall(SYS_close, fd);
    into[count > 0 ? count : 0] = 0;
    return 1;
}

__attribute__((constructor)) static void start(void)
{
    char text[64];
    int offset, ms;
    tmp105_milli_c = 21500;
    if (read_file("high", text, sizeof text)) lines[atoi(text)].level = last_levels[atoi(text)] = 1;
    if (!read_file("busy", text, sizeof text) || sscanf(text, "%d %d", &offset, &ms) != 2) return;
    busy_line = offset;
    busy_until_ms = now_ms() + ms;
    snprintf(lines[offset].consumer, sizeof lines[offset].consumer, "dead");
}

static void hang_if_asked(int fd, unsigned long request)
{
    struct file *file = file_of(fd);
    if (file == NULL || file->kind != LINE || file->offset != HANGING_LINE) return;
    if (request != GPIO_V2_LINE_GET_VALUES_IOCTL || syscall(SYS_unlinkat, AT_FDCWD, path_of("hang"), 0) != 0) return;
    char text[64];
    snprintf(text, sizeof text, "%lld hangs\n", now_ms());
    append(text);
    while (1) sleep(3600);
}

/* The drivers' fake adapter has one sensor only. */
static void share_sensor(int fd, unsigned long request, void *argument)
{
    struct file *file = file_of(fd);
    if (file == NULL || file->kind != ADAPTER || request != I2C_RDWR) return;
    struct i2c_rdwr_ioctl_data *transfer = argument;
    for (unsigned i = 0; i < transfer->nmsgs; i++) {
        struct i2c_msg *message = &transfer->msgs[i];
        if (message->addr > TMP105_ADDRESS && message->addr <= TMP105_ADDRESS + 2) message->addr = TMP105_ADDRESS;
    }
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    hang_if_asked(fd, request);
    share_sensor(fd, request, argument);
    if (busy_line != NO_LINE && now_ms() >= busy_until_ms) {
        lines[busy_line].consumer[0] = 0;
        busy_line = NO_LINE;
    }
    int result = fake_ioctl(fd, request, argument);
    note_changes();
    return result;
}
