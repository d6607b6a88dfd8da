/** `no-cache` as a request directive (RFC 9111 §5.2.1.4): do not answer from a stored response. */
export function asksForSource(cacheControl: string | undefined): boolean {
  return cacheControl !== undefined && /(?:^|[\s,])no-cache(?:$|[\s,])/i.test(cacheControl);
}
