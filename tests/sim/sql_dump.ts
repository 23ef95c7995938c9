import { Buffer } from "node:buffer";
import type { DatabaseSync } from "node:sqlite";

function literal(value: unknown): string {
  if (value === null) return "NULL";
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString("hex")}'`;
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** Columns of a table that are not computed from others. */
function stored(db: DatabaseSync, table: string): readonly string[] {
  const columns = db.prepare(`PRAGMA table_xinfo("${table}")`).all() as {
    readonly name: string;
    readonly hidden: number;
  }[];
  return columns.filter(({ hidden }) => hidden === 0).map(({ name }) => name);
}

/** Writes a database as SQL text that makes it anew: header fields, tables, rows, then indices. */
export function dumpSql(db: DatabaseSync): string {
  const pragma = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0]);
  const made = db.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").all() as {
    readonly type: string;
    readonly name: string;
    readonly sql: string;
  }[];
  const own = made.filter(({ name }) => !name.startsWith("sqlite_"));
  const tables = own.filter(({ type }) => type === "table");
  const rows = tables.flatMap(({ name }) =>
    db.prepare(`SELECT * FROM "${name}"`).all().map((row) => {
      const columns = stored(db, name).filter((column) => column in row);
      const names = columns.map((column) => `"${column}"`).join(",");
      return `INSERT INTO "${name}"(${names}) VALUES(${columns.map((column) => literal(row[column])).join(",")});`;
    })
  );
  const rest = own.filter(({ type }) => type !== "table");
  return [
    ...["application_id", "user_version"].map((name) => `PRAGMA ${name}=${pragma(name)};`),
    ...tables.map(({ sql }) => `${sql.replaceAll(/\s+/g, " ")};`),
    ...rows,
    ...rest.map(({ sql }) => `${sql.replaceAll(/\s+/g, " ")};`),
    "",
  ].join("\n");
}
