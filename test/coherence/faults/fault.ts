import type { Random } from '../random.ts';
import type { System } from '../system.ts';

/** Something that goes wrong for a while. It has ended, and is healed, when the promise resolves. */
export interface Fault {
  readonly name: string;
  /** Nothing is committed meanwhile: no process could hear of it. */
  readonly stopsWriters?: boolean;
  run(system: System, random: Random): Promise<void>;
}

export const someTimeMs = (random: Random) => 800 + random.next() * 1_700;
