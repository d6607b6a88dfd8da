import type { Bounds } from '../thresholds.ts';
import { limitOf } from './limit.ts';
import { shownCount, shownMs } from './numbers.ts';
import { hasPassed, type RunResult, type Slice } from './run-result.ts';

/** Below this share of what was asked for, a slice did not keep up. */
const KEPT_UP = 0.95;

/** Says at which rate a rising load broke the service, by the first slice of the run that was not well. */
export function breakingPoint(result: RunResult, bounds: Bounds): string {
  if (hasPassed(result))
    return `did not break: ${shownCount(result.settings.rate)} requests/s were answered in time`;
  const broken = result.slices.find((slice) => reasonOf(slice, bounds) !== undefined) ?? result.slices.at(-1);
  if (broken === undefined) return 'broke before the first slice of the run was over';
  const [from, to] = [broken.from, broken.from + broken.seconds].map((second) => second.toFixed(0));
  const reason = reasonOf(broken, bounds) ?? 'a threshold over the whole run was crossed';
  const whose = limitOf(result).kind === 'generator' ? '; the generator was the limit, not the service' : '';
  return `broke near ${shownCount(broken.asked)} requests/s (second ${from} to ${to}): ${reason}${whose}`;
}

function reasonOf({ p99, failed, asked, answered }: Slice, bounds: Bounds): string | undefined {
  if (failed > 0) return `${shownCount(failed)} requests failed`;
  if (p99 >= bounds.p99) return `p99 ${shownMs(p99)}`;
  if (answered < asked * KEPT_UP) return `${shownCount(answered)} requests/s were answered`;
  return undefined;
}
