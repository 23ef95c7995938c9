/** One row of the table: what was measured, of both systems, and how they compare. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly hearth: number | undefined;
  readonly python: number | undefined;
  /** "rate": Hearth by Python, more is better; "cost": Python by Hearth; absent: not compared. */
  readonly compared?: "rate" | "cost";
  /** What was aimed at. */
  readonly aim?: string;
}

/** Digits that a figure is rounded to. */
const DIGITS = 3;

/** A figure with three digits, thousands apart. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  const rounded = Number(value.toPrecision(DIGITS));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: rounded >= 100 ? 0 : 2 });
}

function ratio({ hearth, python, compared }: Row): string {
  if (hearth === undefined || python === undefined || compared === undefined) return "";
  return `${figure(compared === "rate" ? hearth / python : python / hearth)} ×`;
}

/** The rows as a table in Markdown. */
export function tableText(rows: readonly Row[]): string {
  const lines = rows.map((row) =>
    [row.what, row.unit, figure(row.hearth), figure(row.python), ratio(row), row.aim ?? ""].join(" | ")
  );
  const head = ["measured", "unit", "Hearth", "Python package", "ratio", "aim"].join(" | ");
  return [head, "--- | --- | ---: | ---: | ---: | ---", ...lines].map((line) => `| ${line} |\n`).join("");
}

/** Middle value; of an even number the lower one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? NaN;
}
