/** A stretch of the sale. */
export interface Phase {
  readonly name: 'steady' | 'spike' | 'after' | 'Redis lost' | 'recovery';
  /** Seconds after the start. */
  readonly from: number;
  readonly to: number;
  readonly perSecond: number;
}

const SPIKE = 2.5;

const LENGTHS: readonly (readonly [name: Phase['name'], seconds: number, quickSeconds: number])[] = [
  ['steady', 15, 4],
  ['spike', 15, 4],
  ['after', 10, 3],
  ['Redis lost', 10, 4],
  ['recovery', 20, 5],
];

/** @param rate the steady requests a second */
export function phasesOf(rate: number, quick: boolean): readonly Phase[] {
  let from = 0;
  return LENGTHS.map(([name, seconds, quickSeconds]) => {
    const to = from + (quick ? quickSeconds : seconds);
    const phase = { name, from, to, perSecond: name === 'spike' ? Math.round(rate * SPIKE) : rate };
    from = to;
    return phase;
  });
}
