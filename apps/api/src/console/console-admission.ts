import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerTokenOf, KeyRing, SystemWallClock } from '#libs/auth';
import { AccessConfig, type ApiKey, ConsoleConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';

const COOKIE = 'hotshelf_console';
const SESSION_SECONDS = 12 * 3_600;

/**
 * MissAdmission to the console: clients with a key, or with the cookie that a key was exchanged for. The cookie is a
 * signature under the key's hash, so every process can check it, and it does not hold the key.
 */
@Injectable()
export class ConsoleAdmission {
  private readonly keys: readonly ApiKey[];
  private readonly ring: KeyRing;
  private readonly clock = new SystemWallClock();

  constructor({ keys }: ConsoleConfig, access: AccessConfig) {
    this.keys = keys;
    this.ring = new KeyRing({ ...access, apiKeys: keys }, this.clock);
  }

  /** Whether the request may see the console. Without configured keys every request may. */
  isOpenTo(request: FastifyRequest): boolean {
    return this.keys.length === 0 || this.hasKey(request) || this.hasSession(request);
  }

  /** @throws ProblemError `UNAUTHENTICATED` */
  admit(request: FastifyRequest): void {
    // guard(console-asks-for-its-key): drop
    if (!this.isOpenTo(request)) throw refusal();
  }

  /**
   * Exchanges the key of a request for a cookie.
   *
   * @returns the value of `Set-Cookie`
   * @throws ProblemError `UNAUTHENTICATED`
   */
  session(request: FastifyRequest): string {
    const key = this.keyOf(request);
    if (key === undefined) throw refusal();
    const expiresAtMs = this.clock.nowMs() + SESSION_SECONDS * 1_000;
    const secure = request.protocol === 'https' ? '; Secure' : '';
    const value = `${key.id}:${expiresAtMs}:${signatureOf(key, expiresAtMs)}`;
    return `${COOKIE}=${value}; Path=/console; Max-Age=${SESSION_SECONDS}; HttpOnly; SameSite=Strict${secure}`;
  }

  private hasKey(request: FastifyRequest): boolean {
    return this.keyOf(request) !== undefined;
  }

  private keyOf({ raw }: FastifyRequest): ApiKey | undefined {
    const presented = bearerTokenOf(raw.rawHeaders);
    if (presented.kind !== 'token') return undefined;
    const match = this.ring.match(presented.token);
    return match.kind === 'valid' ? this.keys.find(({ id }) => id === match.writer.id) : undefined;
  }

  private hasSession({ headers }: FastifyRequest): boolean {
    const value = cookieOf(headers.cookie);
    const [id, expiry, signature = ''] = value.split(':');
    const key = this.keys.find((each) => each.id === id);
    const expiresAtMs = Number(expiry);
    if (key === undefined || !Number.isSafeInteger(expiresAtMs)) return false;
    const now = this.clock.nowMs();
    if (now >= expiresAtMs || (key.expiresAtMs !== null && now >= key.expiresAtMs)) return false;
    const [given, right] = [Buffer.from(signature), Buffer.from(signatureOf(key, expiresAtMs))];
    return given.length === right.length && timingSafeEqual(given, right);
  }
}

function refusal(): ProblemError {
  return new ProblemError('UNAUTHENTICATED', {
    detail: 'Send a key of the console as Authorization: Bearer <key>.',
    headers: { 'www-authenticate': 'Bearer realm="hotshelf console"' },
  });
}

function signatureOf({ sha256 }: ApiKey, expiresAtMs: number): string {
  return createHmac('sha256', sha256).update(`hotshelf console ${expiresAtMs}`).digest('base64url');
}

function cookieOf(header: string | undefined): string {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const prefix = `${COOKIE}=`;
  return pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length) ?? '';
}
