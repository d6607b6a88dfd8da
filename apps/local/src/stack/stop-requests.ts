import { watchAncestors } from '../guard/watch-ancestors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * npm passes on a signal that the terminal has sent to this process too, so that one Ctrl-C arrives twice. What comes
 * so soon after the first is its echo, not somebody who insists.
 */
const ECHO_MS = 500;

export interface StopListener {
  /** Asked to stop for the first time: by a signal, or by the death of who started this process. */
  ask(): void;
  /** Asked again by a signal. */
  insist(): void;
}

/** @returns stops listening */
export function onStopRequests({ ask, insist }: StopListener): () => void {
  let askedAt: number | undefined;
  const first = () => {
    askedAt = performance.now();
    ask();
  };
  const onSignal = () => {
    if (askedAt === undefined) first();
    else if (performance.now() - askedAt > ECHO_MS) insist();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const unwatch = watchAncestors(() => {
    if (askedAt === undefined) first();
  });
  return () => {
    unwatch();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
