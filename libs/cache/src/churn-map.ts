/** A map is rebuilt after so many insertions, or twice its size, whichever is more. */
const LEAST_INSERTIONS = 256;

/**
 * A map for entries that live for milliseconds, thousands per second.
 *
 * V8's own map leaves its old table behind whenever it makes a new one, linked to the new one and still holding what was in it
 * then. Once one of these tables has grown old, each that follows is reached from it and grows old as well, with all that it
 * holds: what lives for a millisecond is copied twice and lies there until the whole heap is collected. So the map is
 * rebuilt from its current entries before any of its tables gets old.
 */
export class ChurnMap<K, V> {
  private entries = new Map<K, V>();
  private insertionsLeft = LEAST_INSERTIONS;

  get size(): number {
    return this.entries.size;
  }

  get(key: K): V | undefined {
    return this.entries.get(key);
  }

  set(key: K, value: V): void {
    if (this.insertionsLeft === 0) this.renew();
    this.insertionsLeft -= 1;
    this.entries.set(key, value);
  }

  delete(key: K): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries = new Map();
  }

  values(): Iterable<V> {
    return this.entries.values();
  }

  private renew(): void {
    this.entries = new Map(this.entries);
    this.insertionsLeft = Math.max(LEAST_INSERTIONS, 2 * this.entries.size);
  }
}
