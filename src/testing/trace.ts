/** Records that a trace keeps for the report of a failure. */
export const TRACE_RECORDS_KEPT = 200;

const FNV_PRIME = 0x01000193;
const FNV_START = 0x811c9dc5;
const SECOND_START = 0x9747b28c;

/** What happened in a run, in order: a hash over all of it, and the newest records. */
export interface Trace {
  /** @param what One line, the same in every run of the seed. */
  add(atMs: number, node: string, what: string): void;
  /** 16 hexadecimal digits over all records so far. */
  readonly hash: string;
  readonly count: number;
  /** The newest records as text, oldest first. */
  last(): readonly string[];
}

/** Makes an empty trace. @param print Receives each record as text when it is made. */
export function makeTrace(print?: (line: string) => void): Trace {
  const ring: string[] = [];
  let count = 0;
  let first = FNV_START;
  let second = SECOND_START;
  return {
    add(atMs, node, what) {
      const line = `${atMs} ${node} ${what}`;
      for (let index = 0; index < line.length; index++) {
        const code = line.charCodeAt(index);
        first = Math.imul(first ^ code, FNV_PRIME);
        second = Math.imul(second ^ code, FNV_PRIME) ^ (second >>> 15);
      }
      ring[count % TRACE_RECORDS_KEPT] = line;
      count++;
      print?.(line);
    },
    get hash() {
      return hex(first) + hex(second);
    },
    get count() {
      return count;
    },
    last() {
      const at = count % TRACE_RECORDS_KEPT;
      return count <= TRACE_RECORDS_KEPT ? [...ring] : [...ring.slice(at), ...ring.slice(0, at)];
    },
  };
}

function hex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, "0");
}
