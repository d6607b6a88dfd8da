/**
 * The prefixes of the keys whose invalidations L1 receives. A key with another prefix is right within
 * `CACHE_L1_UNSYNCED_TTL` only, as if there were no link.
 */
export class TrackedPrefixes {
  /** @throws TypeError if one begins with another: Redis refuses those */
  constructor(readonly list: readonly string[]) {
    for (const [n, prefix] of list.entries()) {
      const other = list.find((candidate, m) => m !== n && candidate.startsWith(prefix));
      if (other !== undefined) throw new TypeError(`tracked prefixes overlap: ${prefix} and ${other}`);
    }
  }
}
