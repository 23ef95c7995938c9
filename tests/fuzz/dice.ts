/** Random draws of one input, so that its number alone makes it again. */
export interface Dice {
  /** An integer from 0 to `below` - 1; 0 when `below` is 0. */
  below(below: number): number;
  /** Whether something of this probability (0 to 1) happens. */
  chance(probability: number): boolean;
  /** One of these. @throws {RangeError} If there is none. */
  pick<Item>(items: readonly Item[]): Item;
}

/** Makes the dice of a seed and the number of an input. Source: splitmix32. */
export function makeDice(seed: number, number: number): Dice {
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(number | 0, 0x85ebca6b)) >>> 0;
  function next(): number {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }
  function below(limit: number): number {
    return Math.floor(next() * limit);
  }
  return {
    below,
    chance: (probability) => next() < probability,
    pick(items) {
      if (items.length === 0) throw new RangeError("Cannot pick an item as there must be one: found none");
      return items[below(items.length)]!;
    },
  };
}
