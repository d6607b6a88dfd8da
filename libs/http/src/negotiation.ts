import type { HttpReply } from './platform.js';

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

/** The content codings that answers are sent in. */
export type Coding = 'br' | 'gzip';

export type Acceptable = Coding | 'identity';

/** Of codings that a client likes alike, the first one is sent. */
const PREFERENCE: readonly Acceptable[] = ['br', 'gzip', 'identity'];

/** A coding and its weight (RFC 9110 §12.5.3, §12.4.2), without the spaces around them. */
const ELEMENT = /^([!#$%&'*+.^_`|~\dA-Za-z-]{1,32})(?:\s{0,8};\s{0,8}[qQ]=([01](?:\.\d{0,3})?))?$/;

/** Below every weight that can be written: whatever else is acceptable is better. */
const UNNAMED = 0.000_1;

/** No browser sends so much. A longer one counts as none, so that reading it costs little. */
const MAX_LENGTH = 256;

/**
 * What a client takes, the best first (RFC 9110 §12.5.3). A client that says nothing takes everything, and is sent no coding:
 * most such clients cannot undo one. An element that cannot be read is left out.
 *
 * @param header the request's `Accept-Encoding`
 * @returns empty if the client takes nothing that there is
 */
export function acceptableCodings(header: string | undefined): readonly Acceptable[] {
  if (header === undefined || header.length > MAX_LENGTH) return ['identity', 'br', 'gzip'];
  const weights = weightsIn(header);
  const weightOf = (coding: Acceptable) =>
    weights.get(coding) ?? weights.get('*') ?? (coding === 'identity' ? UNNAMED : 0);
  return PREFERENCE.filter((coding) => weightOf(coding) > 0).sort(
    (one, other) => weightOf(other) - weightOf(one),
  );
}

function weightsIn(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const element of header.split(',')) {
    const [, name, weight = '1'] = ELEMENT.exec(element.trim()) ?? [];
    if (name === undefined) continue;
    const coding = name.toLowerCase();
    // An old name for the same (RFC 9110 §8.4.1.3).
    weights.set(coding === 'x-gzip' ? 'gzip' : coding, Math.min(1, Number(weight)));
  }
  return weights;
}

/** Adds the name of a request header to `Vary` (RFC 9110 §12.5.5), beside those that are there: an answer may differ by several. */
export function varyBy(reply: HttpReply, name: string): void {
  const names = reply.getHeader('vary');
  reply.header('vary', names === undefined ? name : `${names}, ${name}`);
}
