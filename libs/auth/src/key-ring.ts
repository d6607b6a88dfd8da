import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessConfig, type ApiKey } from '#libs/config';

/** The calendar time that expiry dates are compared with. Elapsed time is measured elsewhere. */
export abstract class WallClock {
  /** Unix milliseconds. */
  abstract nowMs(): number;
}

export class SystemWallClock extends WallClock {
  nowMs(): number {
    return Date.now();
  }
}

/** The holder of an API key. The id names the key; the key itself is never passed on after its check. */
export interface Writer {
  readonly id: string;
}

/** The result of looking up a token. */
export type KeyMatch =
  | { readonly kind: 'valid'; readonly writer: Writer }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

/** The API keys that may write, stored as hashes only. */
@Injectable()
export class KeyRing {
  private readonly keys: readonly ApiKey[];

  constructor(
    { apiKeys }: AccessConfig,
    private readonly clock: WallClock,
  ) {
    this.keys = apiKeys;
  }

  get isEmpty(): boolean {
    return this.keys.length === 0;
  }

  /**
   * Compares with every hash, each in constant time. The duration reveals neither how close a guess was nor which key
   * matched.
   */
  match(token: string): KeyMatch {
    const presented = hash('sha256', token, 'buffer');
    let found: ApiKey | undefined;
    for (const key of this.keys) if (timingSafeEqual(key.sha256, presented)) found = key;
    if (found === undefined) return { kind: 'unknown' };
    const { id, expiresAtMs } = found;
    if (expiresAtMs !== null && this.clock.nowMs() >= expiresAtMs) return { kind: 'expired' };
    return { kind: 'valid', writer: { id } };
  }
}
