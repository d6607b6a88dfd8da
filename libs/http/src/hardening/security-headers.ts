/** Names in lower case, and values. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** For all senders of answers: a hook, the fast path, a bare socket. */
export interface SecurityHeaders {
  /** Of every answer but those pages: for documents that no browser renders. */
  readonly api: HeaderList;
  /** Of the API's own pages (`/docs`), which load their scripts and styles from here. */
  readonly pages: HeaderList;
}

/**
 * Headers that matter for JSON. Headers for documents, windows, downloads and plug-ins are left out: bytes in every
 * answer that no client reads. HSTS is for this host alone: a service cannot promise TLS for its neighbours.
 */
const BESIDE_THE_POLICY: HeaderList = [
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['strict-transport-security', 'max-age=31536000'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
];

/** The page of the OpenAPI document styles itself inline and draws its icons from data addresses. */
const PAGES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/** As helmet writes them; a test compares. Its plugin would compute the same for every answer, and needs Fastify. */
export const SECURITY_HEADERS: SecurityHeaders = {
  api: [['content-security-policy', "default-src 'none';frame-ancestors 'none'"], ...BESIDE_THE_POLICY],
  pages: [['content-security-policy', PAGES.join(';')], ...BESIDE_THE_POLICY],
};

/**
 * Headers that every answer carries, on every path, directly after its request id. They are lower-case and in
 * the order in which they are sent.
 */
export class ConstantHeaders {
  constructor(readonly list: readonly (readonly [name: string, value: string])[] = []) {}
}
