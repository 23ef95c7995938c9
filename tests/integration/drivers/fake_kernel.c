/*
 * A kernel in a shared library: stands in for libc, so that the drivers' real FFI table runs without hardware. It exports
 * open, close, ioctl, read, write and poll; memcpy and __errno_location come from the libc that it is linked to.
 *
 * /dev/gpiochip0: label "other", 2 lines. /dev/gpiochip1: label "relays", 8 lines "RELAY0" to "RELAY7".
 * /dev/i2c-1: a TMP105 at 0x48. The test plays the outside world through the fake_* functions.
 */
#include <errno.h>
#include <linux/gpio.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

enum { LINES = 8, FILES = 64, FIRST_FD = 1000, LOG_BYTES = 8192, TMP105_ADDRESS = 0x48 };
enum call { CALL_OPEN, CALL_REQUEST, CALL_SET, CALL_GET, CALL_TRANSFER, CALLS };
enum kind { NONE, OTHER_CHIP, RELAY_CHIP, LINE, ADAPTER };

struct line { int level; int is_active_low; uint64_t flags; char consumer[GPIO_MAX_NAME_SIZE]; };
struct file { enum kind kind; unsigned offset; };

static struct line lines[LINES];
static struct file files[FILES];
static int failures[CALLS], failure_counts[CALLS];
static char changes[LOG_BYTES];
static uint8_t tmp105_config, tmp105_pointer;
static int tmp105_milli_c;

static int fail(int code) { errno = code; return -1; }

static int injected(enum call call)
{
    if (failure_counts[call] == 0) return 0;
    failure_counts[call]--;
    return failures[call];
}

static struct file *file_of(int fd)
{
    if (fd < FIRST_FD || fd >= FIRST_FD + FILES || files[fd - FIRST_FD].kind == NONE) return NULL;
    return &files[fd - FIRST_FD];
}

static int add_file(enum kind kind, unsigned offset)
{
    for (int i = 0; i < FILES; i++) {
        if (files[i].kind != NONE) continue;
        files[i] = (struct file){ kind, offset };
        return FIRST_FD + i;
    }
    return fail(EMFILE);
}

static void note(unsigned offset, char how, int level)
{
    size_t used = strlen(changes);
    snprintf(changes + used, sizeof changes - used, "%u%c%d ", offset, how, level);
}

/* ---- the outside world */

void fake_reset(void)
{
    memset(lines, 0, sizeof lines);
    memset(files, 0, sizeof files);
    memset(failure_counts, 0, sizeof failure_counts);
    memset(changes, 0, sizeof changes);
    tmp105_config = tmp105_pointer = 0;
    tmp105_milli_c = 0;
}
void fake_fail(int call, int code, int count) { failures[call] = code; failure_counts[call] = count; }
int fake_level(int offset) { return lines[offset].level; }
void fake_set_level(int offset, int level) { lines[offset].level = level; }
uint64_t fake_flags(int offset) { return lines[offset].flags; }
void fake_take(int offset, const char *consumer)
{
    snprintf(lines[offset].consumer, sizeof lines[offset].consumer, "%s", consumer);
}
void fake_temperature(int milli_c) { tmp105_milli_c = milli_c; }
void fake_power_dip(void) { tmp105_config = 0; }
int fake_open_files(void)
{
    int count = 0;
    for (int i = 0; i < FILES; i++) count += files[i].kind != NONE;
    return count;
}
/* Copies the changes since the last call: "1!0 " a request with its first level, "1=1 " a level that was set. */
int fake_take_log(char *into, int size)
{
    int length = snprintf(into, (size_t)size, "%s", changes);
    changes[0] = 0;
    return length;
}

/* ---- GPIO */

static int chip_ioctl(struct file *file, unsigned long request, void *argument)
{
    int is_relays = file->kind == RELAY_CHIP;
    unsigned count = is_relays ? LINES : 2;
    if (request == GPIO_GET_CHIPINFO_IOCTL) {
        struct gpiochip_info *info = argument;
        memset(info, 0, sizeof *info);
        strcpy(info->name, is_relays ? "gpiochip1" : "gpiochip0");
        strcpy(info->label, is_relays ? "relays" : "other");
        info->lines = count;
        return 0;
    }
    if (request == GPIO_V2_GET_LINEINFO_IOCTL) {
        struct gpio_v2_line_info *info = argument;
        unsigned offset = info->offset;
        if (offset >= count) return fail(EINVAL);
        memset(info, 0, sizeof *info);
        info->offset = offset;
        if (!is_relays) return 0;
        snprintf(info->name, sizeof info->name, "RELAY%u", offset);
        strcpy(info->consumer, lines[offset].consumer);
        info->flags = lines[offset].consumer[0] ? GPIO_V2_LINE_FLAG_USED : 0;
        return 0;
    }
    if (request != GPIO_V2_GET_LINE_IOCTL || !is_relays) return fail(ENOTTY);
    struct gpio_v2_line_request *wanted = argument;
    int code = injected(CALL_REQUEST);
    if (code) return fail(code);
    if (wanted->num_lines != 1 || wanted->offsets[0] >= count) return fail(EINVAL);
    struct line *line = &lines[wanted->offsets[0]];
    if (line->consumer[0]) return fail(EBUSY);
    int fd = add_file(LINE, wanted->offsets[0]);
    if (fd < 0) return fd;
    snprintf(line->consumer, sizeof line->consumer, "%s", wanted->consumer);
    line->flags = wanted->config.flags;
    line->is_active_low = (line->flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) != 0;
    if (line->flags & GPIO_V2_LINE_FLAG_OUTPUT) {
        uint64_t value = 0;
        for (unsigned i = 0; i < wanted->config.num_attrs; i++) {
            struct gpio_v2_line_config_attribute *attr = &wanted->config.attrs[i];
            if (attr->attr.id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES && (attr->mask & 1)) value = attr->attr.values & 1;
        }
        line->level = (int)value ^ line->is_active_low;
        note(wanted->offsets[0], '!', line->level);
    }
    wanted->fd = fd;
    return 0;
}

static int line_ioctl(struct file *file, unsigned long request, void *argument)
{
    struct line *line = &lines[file->offset];
    struct gpio_v2_line_values *values = argument;
    if (request == GPIO_V2_LINE_GET_VALUES_IOCTL) {
        int code = injected(CALL_GET);
        if (code) return fail(code);
        if (!(values->mask & 1)) return fail(EINVAL);
        values->bits = (uint64_t)(line->level ^ line->is_active_low);
        return 0;
    }
    if (request != GPIO_V2_LINE_SET_VALUES_IOCTL) return fail(ENOTTY);
    int code = injected(CALL_SET);
    if (code) return fail(code);
    if (!(line->flags & GPIO_V2_LINE_FLAG_OUTPUT)) return fail(EPERM);
    if (!(values->mask & 1)) return fail(EINVAL);
    int level = (int)(values->bits & 1) ^ line->is_active_low;
    if (level != line->level) note(file->offset, '=', level);
    line->level = level;
    return 0;
}

/* ---- I2C */

static void tmp105_read(uint8_t *into, unsigned length)
{
    int counts = tmp105_milli_c * 16 / 1000;
    int kept = (tmp105_config & 0x60) == 0x60 ? counts : counts & ~7; /* 12 bits, or 9 */
    uint16_t temperature = (uint16_t)(kept << 4);
    uint8_t answer[2] = { tmp105_config, tmp105_config };
    if (tmp105_pointer == 0) { answer[0] = temperature >> 8; answer[1] = temperature & 0xff; }
    for (unsigned i = 0; i < length; i++) into[i] = i < 2 ? answer[i] : 0xff;
}

static int adapter_ioctl(unsigned long request, void *argument)
{
    if (request == I2C_FUNCS) { *(unsigned long *)argument = I2C_FUNC_I2C; return 0; }
    if (request != I2C_RDWR) return fail(ENOTTY);
    int code = injected(CALL_TRANSFER);
    if (code) return fail(code);
    struct i2c_rdwr_ioctl_data *transfer = argument;
    for (unsigned i = 0; i < transfer->nmsgs; i++) {
        struct i2c_msg *message = &transfer->msgs[i];
        if (message->addr != TMP105_ADDRESS) return fail(ENXIO);
        if (message->flags & I2C_M_RD) { tmp105_read(message->buf, message->len); continue; }
        tmp105_pointer = message->buf[0];
        if (message->len == 2 && tmp105_pointer == 1) tmp105_config = message->buf[1];
    }
    return (int)transfer->nmsgs;
}

/* ---- in libc's place */

int open(const char *path, int flags, ...)
{
    (void)flags;
    int code = injected(CALL_OPEN);
    if (code) return fail(code);
    if (strcmp(path, "/dev/gpiochip0") == 0) return add_file(OTHER_CHIP, 0);
    if (strcmp(path, "/dev/gpiochip1") == 0) return add_file(RELAY_CHIP, 0);
    if (strcmp(path, "/dev/i2c-1") == 0) return add_file(ADAPTER, 0);
    return fail(ENOENT);
}

int close(int fd)
{
    struct file *file = file_of(fd);
    if (file == NULL) return fail(EBADF);
    if (file->kind == LINE) lines[file->offset].consumer[0] = 0; /* the level stays, as on a Raspberry Pi */
    file->kind = NONE;
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    struct file *file = file_of(fd);
    if (file == NULL) return fail(EBADF);
    if (file->kind == LINE) return line_ioctl(file, request, argument);
    return file->kind == ADAPTER ? adapter_ioctl(request, argument) : chip_ioctl(file, request, argument);
}

ssize_t read(int fd, void *into, size_t count)
{
    (void)into, (void)count;
    return fail(file_of(fd) ? EINVAL : EBADF);
}

ssize_t write(int fd, const void *from, size_t count)
{
    (void)from, (void)count;
    return fail(file_of(fd) ? EINVAL : EBADF);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    (void)timeout_ms;
    for (nfds_t i = 0; i < count; i++) fds[i].revents = POLLIN;
    return (int)count;
}
