/*
 * What one call costs in C, in ns, as a measure for the same calls from the runtime:
 *   cost CHIP LINE ADAPTER ADDRESS ROUNDS   prints "NAME NS" lines
 * The ioctls are those of guest/cost.ts.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec;
}

static int must(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "cost: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return result;
}

static void print(const char *name, uint64_t started, int rounds)
{
	printf("%s %llu\n", name, (unsigned long long)((now_ns() - started) / rounds));
}

static void cost_ioctl(int rounds)
{
	char buffer[68];
	int fd = must(open("/dev/null", O_RDWR), "/dev/null");
	uint64_t started = now_ns();

	for (int i = 0; i < rounds; i++)
		ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, buffer);
	print("ioctl", started, rounds);
	close(fd);
}

static void cost_gpio(const char *chip, int line, int rounds)
{
	struct gpio_v2_line_request request = { .offsets = { line }, .num_lines = 1 };
	struct gpio_v2_line_values values = { .mask = 1 };
	int fd = must(open(chip, O_RDWR), chip);
	uint64_t started;

	request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
	must(ioctl(fd, GPIO_V2_GET_LINE_IOCTL, &request), "GPIO_V2_GET_LINE");
	started = now_ns();
	for (int i = 0; i < rounds; i++) {
		values.bits = i & 1;
		must(ioctl(request.fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values), "GPIO_V2_LINE_SET_VALUES");
	}
	print("gpio_set", started, rounds);
	close(request.fd);
	close(fd);
}

static void cost_i2c(const char *adapter, int address, int rounds)
{
	uint8_t pointer = 0, answer[2];
	struct i2c_msg messages[2] = {
		{ .addr = address, .len = 1, .buf = &pointer },
		{ .addr = address, .flags = I2C_M_RD, .len = 2, .buf = answer },
	};
	struct i2c_rdwr_ioctl_data transfer = { .msgs = messages, .nmsgs = 2 };
	int fd = must(open(adapter, O_RDWR), adapter);
	uint64_t started = now_ns();

	for (int i = 0; i < rounds; i++)
		must(ioctl(fd, I2C_RDWR, &transfer), "I2C_RDWR");
	print("i2c_read", started, rounds);
	close(fd);
}

int main(int count, char **arguments)
{
	int rounds;

	if (count != 6) {
		fprintf(stderr, "usage: cost CHIP LINE ADAPTER ADDRESS ROUNDS\n");
		return 2;
	}
	rounds = atoi(arguments[5]);
	cost_ioctl(rounds);
	cost_gpio(arguments[1], atoi(arguments[2]), rounds);
	cost_i2c(arguments[3], strtol(arguments[4], NULL, 0), rounds);
	return 0;
}
