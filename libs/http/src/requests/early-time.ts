import type { IncomingMessage } from 'node:http';

const times = new WeakMap<IncomingMessage, number>();

/**
 * Notes that a request was under way before the router got it, so that its time is measured whole.
 *
 * @param ms since it arrived, in milliseconds
 */
export function addEarlyTime(request: IncomingMessage, ms: number): void {
  times.set(request, ms);
}

/** @returns milliseconds; 0 for a request that the router got at once */
export function earlyTimeMs(request: IncomingMessage): number {
  return times.get(request) ?? 0;
}
