/** One of several workers of a simulation run: answers each task with its result. */
import { runTask, type SimTask } from "./sim_task.ts";

interface TaskPort {
  onmessage: ((event: { readonly data: SimTask }) => void) | null;
  postMessage(answer: unknown): void;
}

const port = globalThis as unknown as TaskPort;
port.onmessage = ({ data }) => port.postMessage(runTask(data));
