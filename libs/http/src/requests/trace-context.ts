/** The trace that a request is part of, and how an answer names it. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The header to pass on. */
  readonly traceparent: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** The one flag that this service's version of the standard defines: the caller records the trace. */
const SAMPLED = 0x01;

/**
 * Reads `traceparent` (W3C Trace Context §3.2). An invalid one is ignored, as the standard asks. Of a later version
 * only the known part is passed on, as this version (§3.2.4).
 */
export function traceContextOf(header: string | string[] | undefined): TraceContext | null {
  const [, version, traceId, parentId, flags, more] = TRACEPARENT.exec(String(header ?? '')) ?? [];
  if (version === undefined || traceId === undefined || parentId === undefined || flags === undefined)
    return null;
  if (version === 'ff' || ZEROS.test(traceId) || ZEROS.test(parentId)) return null;
  if (version === '00')
    return more === undefined ? { traceId, traceparent: `00-${traceId}-${parentId}-${flags}` } : null;
  const known = (Number.parseInt(flags, 16) & SAMPLED).toString(16).padStart(2, '0');
  return { traceId, traceparent: `00-${traceId}-${parentId}-${known}` };
}
