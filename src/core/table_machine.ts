/** A state machine as data: a missing cell means that the input is refused in that state. */
export type MachineTable<State extends string, Input extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Input, State>>>>
>;

/** What a step of a table machine answers. */
export type MachineStep<State extends string> =
  | { readonly kind: "moved"; readonly from: State; readonly to: State }
  | { readonly kind: "refused"; readonly from: State };

/** The pure step of a table machine. */
export function stepMachine<State extends string, Input extends string>(
  table: MachineTable<State, Input>,
  from: State,
  input: Input,
): MachineStep<State> {
  const to = table[from][input];
  return to === undefined ? { kind: "refused", from } : { kind: "moved", from, to };
}

/** Draws a table as a Mermaid state diagram, for the README beside it. */
export function drawMachine<State extends string, Input extends string>(
  table: MachineTable<State, Input>,
  initial: State,
): string {
  const lines = ["stateDiagram-v2", `  [*] --> ${initial}`];
  for (const from of Object.keys(table) as State[]) {
    const byTarget = new Map<State, string[]>();
    for (const [input, to] of Object.entries(table[from]) as [Input, State][]) {
      byTarget.set(to, [...(byTarget.get(to) ?? []), input]);
    }
    for (const [to, inputs] of byTarget) lines.push(`  ${from} --> ${to}: ${inputs.join(", ")}`);
  }
  return lines.join("\n");
}
