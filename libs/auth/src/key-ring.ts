import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessConfig, type ApiKey } from '#libs/config';
import { WallClock } from './wall-clock.js';
import type { Writer } from './writer.js';

/** Whose key a token is. */
export type KeyMatch =
  | { readonly kind: 'valid'; readonly writer: Writer }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

/** The keys that may write, known by their hashes alone. */
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
   * Compares hashes, each in constant time and all of them whatever was found: how long it takes tells nothing about
   * how near a guess came, nor which key it met.
   */
  match(token: string): KeyMatch {
    const presented = createHash('sha256').update(token).digest();
    let found: ApiKey | undefined;
    for (const key of this.keys) if (timingSafeEqual(key.sha256, presented)) found = key;
    if (found === undefined) return { kind: 'unknown' };
    const { id, expiresAtMs } = found;
    if (expiresAtMs !== null && this.clock.nowMs() >= expiresAtMs) return { kind: 'expired' };
    return { kind: 'valid', writer: { id } };
  }
}
