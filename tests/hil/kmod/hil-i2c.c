// SPDX-License-Identifier: GPL-2.0
/*
 * A simulated I2C adapter with one TMP105-like thermometer: plain I2C with repeated start, SMBus emulated by the core.
 * Parameters: address of the chip, hang_transfer_ms (see hil_hang.h; the core's bus lock keeps everybody else waiting
 * meanwhile, as on hardware), nak_transfers (that many transfers are not acknowledged). The chip's registers as 16-bit
 * words are the files temperature, configuration, low and high of the adapter's folder in sysfs; writing temperature is
 * the weather. Registers: TI SBOS252, table 3.
 */
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sysfs.h>

#include "hil_hang.h"

#define REGISTERS 4
#define TEMPERATURE 0
#define CONFIGURATION 1

static unsigned short address = 0x48;
module_param(address, ushort, 0444);
static unsigned int nak_transfers;
module_param(nak_transfers, uint, 0644);
HIL_HANG(hang_transfer_ms);

static DEFINE_SPINLOCK(chip_lock);
static u8 pointer;
/* After power-on: 20 degrees, default configuration, limits of 75 and 80 degrees. */
static u16 registers[REGISTERS] = { 0x1400, 0x0000, 0x4b00, 0x5000 };

static int register_bytes(u8 which)
{
	return which == CONFIGURATION ? 1 : 2;
}

static void chip_read(struct i2c_msg *msg)
{
	int i, bytes = register_bytes(pointer);

	for (i = 0; i < msg->len; i++) {
		u16 word = registers[pointer];

		if (bytes == 1)
			msg->buf[i] = word & 0xff;
		else
			msg->buf[i] = i % 2 ? word & 0xff : word >> 8;
	}
}

static void chip_write(struct i2c_msg *msg)
{
	if (!msg->len)
		return;
	pointer = msg->buf[0] % REGISTERS;
	if (pointer == TEMPERATURE)
		return;	/* read only */
	if (register_bytes(pointer) == 1 && msg->len >= 2)
		registers[pointer] = msg->buf[1];
	else if (msg->len >= 3)
		registers[pointer] = msg->buf[1] << 8 | msg->buf[2];
}

static bool refuses(void)
{
	bool refused = false;

	spin_lock(&chip_lock);
	if (nak_transfers) {
		nak_transfers--;
		refused = true;
	}
	spin_unlock(&chip_lock);
	return refused;
}

static int hil_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, int count)
{
	int i;

	hil_hang(&hang_transfer_ms);
	for (i = 0; i < count; i++) {
		if (msgs[i].addr != address || refuses())
			return -ENXIO;	/* not acknowledged */
		if (msgs[i].flags & I2C_M_RECV_LEN)
			return -EOPNOTSUPP;
		spin_lock(&chip_lock);
		if (msgs[i].flags & I2C_M_RD)
			chip_read(&msgs[i]);
		else
			chip_write(&msgs[i]);
		spin_unlock(&chip_lock);
	}
	return count;
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
	.name = "hil-i2c",
};

static ssize_t show_register(int which, char *text)
{
	return sysfs_emit(text, "0x%04x\n", READ_ONCE(registers[which]));
}

static ssize_t store_register(int which, const char *text, size_t length)
{
	u16 word;
	int error = kstrtou16(text, 0, &word);

	if (error)
		return error;
	spin_lock(&chip_lock);
	registers[which] = word;
	spin_unlock(&chip_lock);
	return length;
}

#define REGISTER_FILE(name, which) \
	static ssize_t name##_show(struct device *device, struct device_attribute *file, char *text) \
	{ \
		return show_register(which, text); \
	} \
	static ssize_t name##_store(struct device *device, struct device_attribute *file, const char *text, size_t length) \
	{ \
		return store_register(which, text, length); \
	} \
	static DEVICE_ATTR_RW(name)

REGISTER_FILE(temperature, TEMPERATURE);
REGISTER_FILE(configuration, CONFIGURATION);
REGISTER_FILE(low, 2);
REGISTER_FILE(high, 3);

static struct attribute *hil_files[] = {
	&dev_attr_temperature.attr,
	&dev_attr_configuration.attr,
	&dev_attr_low.attr,
	&dev_attr_high.attr,
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
	error = i2c_add_adapter(&hil_adapter);
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
MODULE_DESCRIPTION("Simulated I2C adapter and thermometer for hardware-in-the-loop tests");
