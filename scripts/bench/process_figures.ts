/** What the system tells about a process, from /proc. */

/** Ticks of a second in /proc/PID/stat: fixed in Linux for user space. */
const TICKS_PER_S = 100;
const BYTES_PER_MB = 1_048_576;
/** Fields of /proc/PID/stat behind the name in brackets. Source: proc(5), utime is field 14. */
const UTIME_AFTER_NAME = 11;

/** Memory of a process in MB. */
export interface Memory {
  readonly rssMb: number;
  readonly anonymousMb: number;
}

/** Resident and anonymous memory. */
export function memoryOf(pid: number): Memory {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1_024 / BYTES_PER_MB;
  return { rssMb: mb("Rss"), anonymousMb: mb("Anonymous") };
}

/** Processor time that a process has used, in s. */
export function cpuSeconds(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[UTIME_AFTER_NAME]) + Number(fields[UTIME_AFTER_NAME + 1])) / TICKS_PER_S;
}

/** Bytes that a process has caused to be written to storage. */
export function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/io`))?.[1]);
}
