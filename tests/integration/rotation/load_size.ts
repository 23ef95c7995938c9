/** Events of the load, numbered from 1: 16 s of it at its full rate of 500 a second. */
export const LOAD_EVENTS = 8_000;
