import type { LoadReading } from "./load_types.ts";

/** Numbers that each life counted up from 1: every one of them once, up to the highest. */
export interface Sequences {
  /** Takes numbers that stay. */
  add(pairs: Iterable<LoadReading>): void;
  /** @param more Numbers that are there now, but may be elsewhere later. @returns What is missing, or there twice. */
  problems(what: string, more: Iterable<LoadReading>): readonly string[];
}

interface Life {
  readonly numbers: Set<number>;
  highest: number;
  twice: number;
}

function newLife(): Life {
  return { numbers: new Set(), highest: 0, twice: 0 };
}

/** Makes sequences without numbers. What was added is not gone through again: a long run stays as fast as it began. */
export function makeSequences(): Sequences {
  const lives = new Map<string, Life>();
  function lifeOf(name: string): Life {
    const life = lives.get(name) ?? newLife();
    lives.set(name, life);
    return life;
  }
  function problemsOf(what: string, name: string, more: readonly number[]): readonly string[] {
    const { numbers, ...life } = lives.get(name) ?? newLife();
    const fresh = new Set<number>();
    for (const n of more) {
      if (numbers.has(n) || fresh.has(n)) life.twice++;
      else fresh.add(n);
      life.highest = Math.max(life.highest, n);
    }
    const lost = life.highest - numbers.size - fresh.size;
    return [
      ...(life.twice > 0 ? [`${life.twice} ${what} of life ${name} twice`] : []),
      ...(lost > 0 ? [`${lost} ${what} of life ${name} lost of ${life.highest}`] : []),
    ];
  }
  return {
    add(pairs) {
      for (const [name, n] of pairs) {
        const life = lifeOf(name);
        if (life.numbers.has(n)) life.twice++;
        else life.numbers.add(n);
        life.highest = Math.max(life.highest, n);
      }
    },
    problems(what, more) {
      const passing = Map.groupBy(more, ([name]) => name);
      return [...new Set([...lives.keys(), ...passing.keys()])].flatMap((name) =>
        problemsOf(what, name, (passing.get(name) ?? []).map(([, n]) => n))
      );
    },
  };
}
