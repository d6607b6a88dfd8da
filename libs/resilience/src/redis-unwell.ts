/**
 * Whether an error says that Redis can not be used now. A full one (`OOM`) refuses what would take more room, and goes on
 * taking deletions and notices of changes: to skip those as well would leave everyone with what is of the past.
 */
export function isRedisUnwell(error: unknown): boolean {
  return !(error instanceof Error && /^OOM\b/.test(error.message));
}
