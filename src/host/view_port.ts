import { type WindowedPort, windowPort } from "./credit_window.ts";

/** What one message to the live view weighs, about, in bytes; the window counts messages. */
const VIEW_MESSAGE_BYTES = 16 * 1024;

/** Window of a port to the live view: a view that reads late, or never, gets the latest state and costs no more than this. */
export const VIEW_WINDOW = {
  rowsMax: 8,
  bytesMax: 8 * VIEW_MESSAGE_BYTES,
  waitingRowsMax: 1,
  waitingBytesMax: VIEW_MESSAGE_BYTES,
  overflow: "drop_oldest",
  key: () => "latest",
} as const;

/** The sending end of a port to the live view. */
export interface ViewSender extends Disposable {
  /** Sends now, or as soon as the view has taken something: then the latest only. */
  send(message: unknown): void;
  /** Messages that wait here: 0 or 1. */
  readonly waitingRows: number;
}

/** The end of an agent, LTN or house. */
export function viewSender(port: MessagePort): ViewSender {
  const windowed = windowPort<never, unknown>(port, VIEW_WINDOW);
  return {
    send: (message) => void windowed.send(message, VIEW_MESSAGE_BYTES),
    get waitingRows() {
      return windowed.sender.waitingRows;
    },
    [Symbol.dispose]: () => windowed[Symbol.dispose](),
  };
}

/** The view's end. */
export function viewReceiver<Message>(
  port: MessagePort,
  receive: (message: Message) => void,
): WindowedPort<Message, never> {
  const windowed = windowPort<Message, never>(port, VIEW_WINDOW);
  windowed.onmessage = receive;
  return windowed;
}
