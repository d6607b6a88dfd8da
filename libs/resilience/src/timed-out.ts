import { isTaskCancelledError } from 'cockatiel';

/** Whether a call was given up because it took too long: by the policy, or by the driver (ioredis, pg). */
export function isTimeout(error: unknown): boolean {
  if (isTaskCancelledError(error)) return true;
  return (
    error instanceof Error && /^(?:Command timed out|Query read timeout|timeout expired)$/.test(error.message)
  );
}
