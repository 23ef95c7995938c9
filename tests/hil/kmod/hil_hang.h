/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A place where a driver can be made to hang: HIL_HANG(name) declares the module parameter, hil_hang(&name) is the place.
 * A write of N lets the next call that comes there sleep for N ms, uninterruptibly, as a driver does that waits for
 * hardware which does not answer. Exactly one call hangs; reading the parameter gives 0 once it does.
 */
#ifndef HIL_HANG_H
#define HIL_HANG_H

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/module.h>

#define HIL_HANG(name) \
	static unsigned int name; \
	module_param(name, uint, 0644)

static inline void hil_hang(unsigned int *ms)
{
	unsigned int taken = xchg(ms, 0);

	if (taken)
		msleep(taken);
}

#endif
