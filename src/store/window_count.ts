/** How many of the rows with these sizes fit a window; at least one, so that a large row cannot stop the others. */
export function windowCount(sizes: readonly number[], rowsMax: number, bytesMax: number): number {
  let bytes = 0;
  let count = 0;
  for (const size of sizes) {
    if (count >= rowsMax || (count > 0 && bytes + size > bytesMax)) break;
    bytes += size;
    count++;
  }
  return count;
}
