/** Makes a reader of a map that only grows: each call answers what was added since the last one. Another map is read from its start. */
export function mapTail<K, V>(): (map: ReadonlyMap<K, V>) => readonly (readonly [K, V])[] {
  let read: ReadonlyMap<K, V> | undefined;
  let entries: Iterator<[K, V]> = new Map<K, V>().entries();
  let taken = 0;
  return function added(map) {
    if (map !== read) {
      read = map;
      entries = map.entries();
      taken = 0;
    }
    const fresh: [K, V][] = [];
    // An iterator that was once told to be done never goes on: it is not asked for more than there is.
    for (; taken < map.size; taken++) fresh.push(entries.next().value as [K, V]);
    return fresh;
  };
}
