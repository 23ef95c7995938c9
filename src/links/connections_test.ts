import { strict as assert } from "node:assert";
import { BACK_OFF_MS_MAX, BACK_OFF_MS_MIN } from "./back_off.ts";
import { connectionKeeper } from "./connections.ts";
import type { LinksContext } from "./port.ts";

function bench() {
  const said: string[] = [];
  const waits: number[] = [];
  const ctx = {
    random: () => 0.999_999,
    timer(name: string, delayMs: number) {
      said.push(`timer ${name}`);
      waits.push(delayMs);
    },
    cancel: (name: string) => said.push(`cancel ${name}`),
    connection: ({ kind }: { readonly kind: string }) => said.push(kind),
  } as unknown as LinksContext;
  return { keeper: connectionKeeper("c"), ctx, waits, said: () => said.splice(0).join() };
}

function failing() {
  const at = bench();
  at.keeper.start(at.ctx);
  for (let failures = 0; failures < 12; failures++) {
    at.keeper.lost(at.ctx);
    at.keeper.retryDue(at.ctx);
  }
  at.said();
  return at;
}

Deno.test("connectionKeeper() tries at once when told so while it waits, and its timer is gone", () => {
  const { keeper, ctx, said, waits } = failing();
  keeper.lost(ctx);
  assert.deepEqual([said(), waits.at(-1)], ["timer link.retry.c", BACK_OFF_MS_MAX]);
  keeper.retryNow(ctx);
  assert.equal(said(), "cancel link.retry.c,connect");
  keeper.lost(ctx);
  assert.equal(waits.at(-1), BACK_OFF_MS_MIN, "a new row of failures begins");
});

Deno.test("connectionKeeper() tries soon again when told so during a try that then fails", () => {
  const { keeper, ctx, said, waits } = failing();
  keeper.retryNow(ctx);
  assert.equal(said(), "", "one try at a time");
  keeper.lost(ctx);
  assert.deepEqual([said(), waits.at(-1)], ["timer link.retry.c", BACK_OFF_MS_MIN]);
});

Deno.test("connectionKeeper() leaves a connection that is up, or stopped, or not started, as it is", () => {
  const { keeper, ctx, said } = bench();
  keeper.retryNow(ctx);
  assert.equal(said(), "");
  keeper.start(ctx);
  keeper.connected(ctx);
  said();
  keeper.retryNow(ctx);
  assert.deepEqual([said(), keeper.up], ["", true]);
  keeper.stop(ctx);
  said();
  keeper.retryNow(ctx);
  assert.equal(said(), "");
});
