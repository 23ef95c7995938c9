/** Place of the simulation runner: says that nothing is simulated yet, so that no gate reads as if seeds had run. */
if (import.meta.main) {
  Deno.stdout.writeSync(new TextEncoder().encode("sim: no simulation runner yet, 0 seeds run\n"));
}
