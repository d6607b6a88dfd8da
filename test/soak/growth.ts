/** What a process held in the first part after its warm-up, and in the last part of the run. */
export interface Growth {
  readonly pid: number;
  readonly rssMib: BeforeAndAfter;
  readonly heapMib: BeforeAndAfter;
  /** Open file descriptors, sockets among them. */
  readonly descriptors: BeforeAndAfter;
}

export type BeforeAndAfter = readonly [before: number, after: number];

/** Memory is flat when it ends within this much of what it was after the warm-up. */
const FLAT_SHARE = 0.1;
/** `DATABASE_POOL_SIZE`: the pool opens and closes connections as they are needed. */
const POOL = 10;

export const isGrown = ({ rssMib, heapMib, descriptors }: Growth): boolean =>
  [rssMib, heapMib].some(([before, after]) => after > before * (1 + FLAT_SHARE)) ||
  descriptors[1] > descriptors[0] + POOL;

/** `process 123: resident 120.0 to 121.2 MiB (+1.0 %), heap …` */
export function describeGrowth(growth: Growth): string {
  const text = ([before, after]: BeforeAndAfter, digits: number, unit: string) => {
    const percent = before === 0 ? 0 : (after / before - 1) * 100;
    const share = `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`;
    return `${before.toFixed(digits)} to ${after.toFixed(digits)}${unit} (${share})`;
  };
  const { pid, rssMib, heapMib, descriptors } = growth;
  const verdict = isGrown(growth) ? 'grown' : 'flat';
  return `process ${pid}: resident ${text(rssMib, 1, ' MiB')}, heap ${text(heapMib, 1, ' MiB')}, descriptors ${text(descriptors, 0, '')}: ${verdict}\n`;
}
