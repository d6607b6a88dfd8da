import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 10;

/**
 * Waits until a condition holds.
 *
 * @param condition asked again and again; a throw counts as no
 * @param timeoutMs how long to go on asking, in milliseconds; default 30 s, which a machine that is busy with other things may need
 * @throws with `what` when it never held
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  let lastError: unknown;
  while (performance.now() < deadlineMs) {
    try {
      if (await condition()) return;
    } catch (error) {
      lastError = error;
    }
    await pause(EVERY_MS);
  }
  throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: lastError });
}
