/**
 * Whether `If-None-Match` (RFC 9110 §13.1.2) names the entity that is there, by weak comparison: the client then
 * has these bytes already.
 */
export function ifNoneMatchHolds(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag) return true;
  if (header.trim() === '*') return true;
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
