import type { WriteOutcome } from "../../src/core/bus_devices.ts";
import type { GpioBusSpec, GpioInputSpec, GpioOutputSpec } from "../../src/core/bus_parts.ts";
import { getLine, type LineResult, openChip, requestLine, setLine } from "../linux/mod.ts";
import type { LinuxBus } from "./bus_port.ts";
import type { FdBook } from "./fd_book.ts";
import { chipProblem, lineProblem, type Problem, readFault } from "./line_problem.ts";

/** A line, held or not. */
interface Held {
  readonly owner: string;
  readonly spec: GpioOutputSpec | GpioInputSpec;
  fd: number | undefined;
  problem: Problem | undefined;
}

/**
 * The lines of one GPIO chip, each by a request of its own, so that a busy line does not take the others. The chip itself
 * is open only while lines are requested. A line that is missing is requested again once by each call that needs it.
 */
export function gpioBus(spec: GpioBusSpec, book: FdBook): LinuxBus {
  const { kernel } = book;
  const outputs = new Map(spec.outputs.map((output) => [output.name, missing(output.name, output)]));
  const inputs = new Map(spec.inputs.map((input) => [input.channel, missing(input.channel, input)]));
  let isReleased = false;

  function acquire(lines: Iterable<Held>, initial: (line: Held) => number | undefined): void {
    const chip = openChip(kernel, spec.chip);
    for (const line of lines) {
      if (chip.kind === "failed") line.problem = chipProblem(spec.chip, chip.code);
      else settle(line, requestLine(kernel, chip.value, { ...line.spec, initial: initial(line) }));
    }
    if (chip.kind === "ok") kernel.close(chip.value);
  }
  function settle(line: Held, result: LineResult): void {
    if (result.kind === "failed") {
      line.problem = lineProblem(spec.chip, line.spec.line, result);
      return;
    }
    line.fd = result.fd;
    line.problem = undefined;
    book.opened(result.fd, "safeValue" in line.spec ? line.owner : "");
  }
  function fdOf(line: Held, initial: number | undefined): number | undefined {
    if (line.fd === undefined && !isReleased) acquire([line], () => initial);
    return line.fd;
  }
  /** The chip is gone: its fd will never work again, one of its successor may. */
  function dropIfGone(line: Held, code: string): void {
    if (code !== "ENODEV" || line.fd === undefined) return;
    kernel.close(line.fd);
    line.fd = undefined;
    line.problem = chipProblem(spec.chip, code);
  }
  function failed(line: Held, code: string): WriteOutcome {
    dropIfGone(line, code);
    return { kind: "failed", code };
  }

  acquire([...outputs.values(), ...inputs.values()], ({ spec }) => "safeValue" in spec ? spec.safeValue : undefined);
  return {
    outputs: spec.outputs.map(({ name, safeValue, holdMsMin }) => ({ name, safeValue, holdMsMin })),
    channels: spec.inputs.map(({ channel, periodMs }) => ({ channel, periodMs })),
    faults: () => [...outputs.values()].flatMap(({ owner, problem }) => problem ? [readFault(owner, problem)] : []),
    write(output, value) {
      const line = outputs.get(output);
      if (line === undefined) return { kind: "failed", code: "ENOENT" };
      if (value !== 0 && value !== 1) return { kind: "failed", code: "EINVAL" };
      const fd = fdOf(line, value);
      if (fd === undefined) return { kind: "failed", code: line.problem?.code ?? "EBADF" };
      const set = setLine(kernel, fd, value);
      if (set.kind === "failed") return failed(line, set.code);
      const got = getLine(kernel, fd);
      return got.kind === "ok" ? { kind: "written", readBack: got.value } : failed(line, got.code);
    },
    read(channel) {
      const line = inputs.get(channel);
      if (line === undefined) {
        return readFault(channel, { code: "ENOENT", message: `Cannot read "${channel}": no input` });
      }
      const fd = fdOf(line, undefined);
      if (fd === undefined) return readFault(channel, line.problem ?? released(channel));
      const got = getLine(kernel, fd);
      if (got.kind === "ok") return got.value;
      dropIfGone(line, got.code);
      return readFault(channel, lineProblem(spec.chip, line.spec.line, got));
    },
    [Symbol.dispose]() {
      if (isReleased) return;
      isReleased = true;
      for (const { fd, spec } of outputs.values()) {
        if (fd !== undefined && "safeValue" in spec) setLine(kernel, fd, spec.safeValue);
      }
      for (const line of [...outputs.values(), ...inputs.values()]) line.fd = undefined;
      book.closeAll();
    },
  };
}

function missing(owner: string, spec: GpioOutputSpec | GpioInputSpec): Held {
  return { owner, spec, fd: undefined, problem: undefined };
}

function released(channel: string): Problem {
  return { code: "EBADF", message: `Cannot read "${channel}" as the bus must be open: it is released` };
}
