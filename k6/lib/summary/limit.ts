import type { RunResult } from './run-result.ts';

/** What kept a run from sending more than it did. */
export interface Limit {
  readonly kind: 'none' | 'generator' | 'service';
  readonly text: string;
}

/** Below this share of the rate that was asked for, the run is not the load that it claims. */
const ENOUGH = 0.97;
/** Milliseconds that the generator may spend on a request, in any case. */
const USUAL_MS = 5;

type Measured = Pick<RunResult, 'perSecond' | 'askedPerSecond' | 'dropped' | 'generatorP99' | 'all'>;

/**
 * Whether the generator or the service was the limit. A generator without a free processor spends time on a request
 * before it is sent and after it is answered; a slow service does not cause that. Nor does it keep arrivals back while
 * virtual users are free: without a dropped arrival, less time of its own betrays the generator.
 */
export function limitOf({ perSecond, askedPerSecond, dropped, generatorP99, all }: Measured): Limit {
  const isShort = dropped > 0 || perSecond < askedPerSecond * ENOUGH;
  const isLate = isShort && dropped === 0;
  const isBusy = generatorP99 > (isLate ? USUAL_MS : Math.max(USUAL_MS, all.p99 / 2));
  const own = `the generator spent up to ${generatorP99.toFixed(1)} ms (p99) of its own on a request`;
  if (isShort && isBusy) {
    return { kind: 'generator', text: `the generator: ${own}. Lower RATE, or give k6 more processors` };
  }
  if (isShort) return { kind: 'service', text: `the service: virtual users waited for its answers; ${own}` };
  if (isBusy) {
    return { kind: 'generator', text: `none, but ${own}: times are partly its` };
  }
  return { kind: 'none', text: 'none: the rate was sent, and the generator had time left' };
}
