/** `no-cache` as a request directive (RFC 9111 §5.2.1.4): do not answer from a stored response. */
export function asksForSource(cacheControl: string | undefined): boolean {
  return cacheControl !== undefined && /(?:^|[\s,])no-cache(?:$|[\s,])/i.test(cacheControl);
}

/**
 * Whether `If-None-Match` (RFC 9110 §13.1.2) names the entity that is there, by weak comparison: the client then
 * has these bytes already.
 */
export function ifNoneMatchHolds(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag) return true;
  if (header.trim() === '*') return true;
  // A list may be as long as all headers may: it is taken apart if the tag is in there at all.
  if (!header.includes(etag)) return false;
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}

/** `W/"…"` or `"…"` (RFC 9110 §8.8.3); a tag may hold a comma, so that a list cannot be split at them. */
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/**
 * Whether `If-Match` (RFC 9110 §13.1.1) names the entity that is there, by strong comparison: a weak tag promises less
 * than the same bytes, and never matches. What is no entity tag matches nothing, so that no write slips through by it.
 */
export function ifMatchHolds(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  return header.match(ENTITY_TAG)?.includes(etag) ?? false;
}
