/** Named streams of random numbers from one seed: a new draw in one place does not shift the others. */
export interface RandomStreams {
  /** The next number in [0, 1) of the named stream. */
  next(stream: string): number;
  /** Whether an event of this probability (0 to 1) happens. */
  chance(stream: string, probability: number): boolean;
  /** An integer from `min` to `max`, both included. */
  integer(stream: string, min: number, max: number): number;
  /** The last number drawn from a stream, for comparing two runs; 0 before the first. */
  last(stream: string): number;
}

/** Makes the streams of a seed. @param seed Any integer; its low 32 bits count. */
export function randomStreams(seed: number): RandomStreams {
  const states = new Map<string, number>();
  const drawn = new Map<string, number>();
  function next(stream: string): number {
    const state = ((states.get(stream) ?? streamState(seed, stream)) + 0x6d2b79f5) >>> 0;
    states.set(stream, state);
    const value = mix(state) / 2 ** 32;
    drawn.set(stream, value);
    return value;
  }
  return {
    next,
    chance(stream, probability) {
      return next(stream) < probability;
    },
    integer(stream, min, max) {
      return min + Math.floor(next(stream) * (max - min + 1));
    },
    last(stream) {
      return drawn.get(stream) ?? 0;
    },
  };
}

function streamState(seed: number, stream: string): number {
  let state = seed >>> 0;
  for (let index = 0; index < stream.length; index++) {
    state = Math.imul(state ^ stream.charCodeAt(index), 0x01000193) >>> 0;
  }
  return mix(state);
}

/** Mixes 32 bits; a bijection. Source: public-domain "lowbias32" constants of C. Wellons. */
function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
