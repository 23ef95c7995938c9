// SPDX-License-Identifier: GPL-2.0
/*
 * A simulated I2C adapter with TMP105-like thermometers: plain I2C with repeated start, SMBus emulated by the core.
 * Parameters: hang_transfer_ms (see hil_hang.h; the core's bus lock keeps everybody else waiting meanwhile, as on
 * hardware), nak_transfers (that many messages are not acknowledged). The temperature register of the chip at address XX
 * is the file temperature_XX of the adapter's folder in sysfs: writing it is the weather. Like the real chip it has
 * 9 bits after power-on. Registers: TI SBOS648.
 */
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sysfs.h>

#include "hil_hang.h"

/* /dev/i2c-1, as on a Raspberry Pi's header. */
#define ADAPTER_NUMBER 1
#define CHIPS 3
#define FIRST_ADDRESS 0x48
#define REGISTERS 4
#define TEMPERATURE 0
#define CONFIGURATION 1

static unsigned int nak_transfers;
module_param(nak_transfers, uint, 0644);
HIL_HANG(hang_transfer_ms);

struct hil_chip {
	u8 pointer;
	u16 registers[REGISTERS];
};

static DEFINE_SPINLOCK(chip_lock);
/* After power-on: 20 degrees, 9 bits, limits of 75 and 80 degrees. */
static struct hil_chip chips[CHIPS] = {
	[0 ... CHIPS - 1] = { .registers = { 0x1400, 0x0000, 0x4b00, 0x5000 } },
};

static int register_bytes(u8 which)
{
	return which == CONFIGURATION ? 1 : 2;
}

static void chip_read(struct hil_chip *chip, struct i2c_msg *msg)
{
	int i, bytes = register_bytes(chip->pointer);
	u16 word = chip->registers[chip->pointer];

	for (i = 0; i < msg->len; i++)
		msg->buf[i] = bytes == 1 || i % 2 ? word & 0xff : word >> 8;
}

static void chip_write(struct hil_chip *chip, struct i2c_msg *msg)
{
	if (!msg->len)
		return;
	chip->pointer = msg->buf[0] % REGISTERS;
	if (chip->pointer == TEMPERATURE)
		return;	/* read only */
	if (register_bytes(chip->pointer) == 1 && msg->len >= 2)
		chip->registers[chip->pointer] = msg->buf[1];
	else if (msg->len >= 3)
		chip->registers[chip->pointer] = msg->buf[1] << 8 | msg->buf[2];
}

static int message(struct i2c_msg *msg)
{
	unsigned int index = msg->addr - FIRST_ADDRESS;

	if (index >= CHIPS)
		return -ENXIO;	/* not acknowledged */
	if (nak_transfers) {
		nak_transfers--;
		return -ENXIO;
	}
	if (msg->flags & I2C_M_RECV_LEN)
		return -EOPNOTSUPP;
	if (msg->flags & I2C_M_RD)
		chip_read(&chips[index], msg);
	else
		chip_write(&chips[index], msg);
	return 0;
}

static int hil_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, int count)
{
	int i, error = 0;

	hil_hang(&hang_transfer_ms);
	spin_lock(&chip_lock);
	for (i = 0; i < count && !error; i++)
		error = message(&msgs[i]);
	spin_unlock(&chip_lock);
	return error ? error : count;
}

static u32 hil_functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | (I2C_FUNC_SMBUS_EMUL & ~I2C_FUNC_SMBUS_READ_BLOCK_DATA);
}

static const struct i2c_algorithm hil_algorithm = {
	.master_xfer = hil_transfer,
	.functionality = hil_functionality,
};

static struct i2c_adapter hil_adapter = {
	.owner = THIS_MODULE,
	.algo = &hil_algorithm,
	.nr = ADAPTER_NUMBER,
	.name = "hil-i2c",
};

static ssize_t show_temperature(int chip, char *text)
{
	return sysfs_emit(text, "0x%04x\n", READ_ONCE(chips[chip].registers[TEMPERATURE]));
}

static ssize_t store_temperature(int chip, const char *text, size_t length)
{
	u16 word;
	int error = kstrtou16(text, 0, &word);

	if (error)
		return error;
	spin_lock(&chip_lock);
	chips[chip].registers[TEMPERATURE] = word;
	spin_unlock(&chip_lock);
	return length;
}

#define TEMPERATURE_FILE(address, chip) \
	static ssize_t temperature_##address##_show(struct device *device, struct device_attribute *file, char *text) \
	{ \
		return show_temperature(chip, text); \
	} \
	static ssize_t temperature_##address##_store(struct device *device, struct device_attribute *file, \
						     const char *text, size_t length) \
	{ \
		return store_temperature(chip, text, length); \
	} \
	static DEVICE_ATTR_RW(temperature_##address)

TEMPERATURE_FILE(48, 0);
TEMPERATURE_FILE(49, 1);
TEMPERATURE_FILE(4a, 2);

static struct attribute *hil_files[] = {
	&dev_attr_temperature_48.attr,
	&dev_attr_temperature_49.attr,
	&dev_attr_temperature_4a.attr,
	NULL,
};
static const struct attribute_group hil_group = { .attrs = hil_files };
static struct platform_device *hil_device;

static int __init hil_init(void)
{
	int error;

	hil_device = platform_device_register_simple("hil-i2c", -1, NULL, 0);
	if (IS_ERR(hil_device))
		return PTR_ERR(hil_device);
	hil_adapter.dev.parent = &hil_device->dev;
	error = i2c_add_numbered_adapter(&hil_adapter);
	if (error)
		goto unregister;
	error = sysfs_create_group(&hil_adapter.dev.kobj, &hil_group);
	if (error)
		goto delete;
	return 0;
delete:
	i2c_del_adapter(&hil_adapter);
unregister:
	platform_device_unregister(hil_device);
	return error;
}

static void __exit hil_exit(void)
{
	sysfs_remove_group(&hil_adapter.dev.kobj, &hil_group);
	i2c_del_adapter(&hil_adapter);
	platform_device_unregister(hil_device);
}

module_init(hil_init);
module_exit(hil_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Simulated I2C adapter and thermometers for hardware-in-the-loop tests");
