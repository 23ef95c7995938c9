/** Lets messages that are under way on any port of this thread arrive. @param count Turns; more than one for answers to them. */
export async function portTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await portTurn();
}

function portTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
