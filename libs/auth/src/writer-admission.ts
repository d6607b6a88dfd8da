import { hash, timingSafeEqual } from 'node:crypto';
import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Global,
  Injectable,
  Module,
  UseGuards,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AccessConfig, type ApiKey } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { ApiBearerAuth } from '#libs/open-api';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on requests that were admitted as a writer, and on no others. */
    writer?: Writer;
  }
  interface FastifyContextConfig {
    /** The route changes state and requires an API key. */
    writeAccess?: true;
  }
}

/** The calendar time that expiry dates are compared with. Elapsed time is measured elsewhere. */
abstract class WallClock {
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

const CHALLENGE = 'Bearer realm="hotshelf"';

/** Admits requests that carry a valid API key. */
@Injectable()
export class WriterAdmission {
  constructor(private readonly keys: KeyRing) {}

  /**
   * Identifies the writer and sets it on the request.
   *
   * @throws ProblemError `WRITES_DISABLED`, `UNAUTHENTICATED`
   */
  admit(request: FastifyRequest): Writer {
    // Fails closed: without a configured key all writes are refused.
    // guard(no-keys-no-writes): drop
    if (this.keys.isEmpty)
      throw new ProblemError('WRITES_DISABLED', { detail: 'No key is configured that may write.' });
    const presented = bearerTokenOf(request.raw.rawHeaders);
    if (presented.kind === 'none') throw unauthenticated('Send a key as Authorization: Bearer <key>.');
    if (presented.kind === 'malformed')
      throw unauthenticated('Send the Authorization header once, as Bearer and the key.');
    const match = this.keys.match(presented.token);
    if (match.kind === 'unknown') throw unauthenticated('The key is not known.', 'invalid_token');
    if (match.kind === 'expired') throw unauthenticated('The key has expired.', 'invalid_token');
    request.writer = match.writer;
    return match.writer;
  }
}

/** @param error the RFC 6750 §3 error code, if credentials were presented */
function unauthenticated(detail: string, error?: 'invalid_token'): ProblemError {
  const challenge = error === undefined ? CHALLENGE : `${CHALLENGE}, error="${error}"`;
  return new ProblemError('UNAUTHENTICATED', { detail, headers: { 'www-authenticate': challenge } });
}

/**
 * Checks the key before the body is read: an unauthenticated body is never parsed, and its errors are not reported.
 *
 * @param onAdmitted called with the writer, in the context of the request
 */
export function addWriterHook(
  fastify: FastifyInstance,
  admission: WriterAdmission,
  onAdmitted: (writer: Writer) => void,
): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.writeAccess !== true) return done();
    try {
      onAdmitted(admission.admit(request));
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
}

/**
 * Marks a controller method that changes state. It requires an API key and finds its holder in `request.writer`. Do not
 * combine it with another `@RouteConfig`: only one of them takes effect.
 */
export function WriteAccess(): MethodDecorator {
  return applyDecorators(RouteConfig({ writeAccess: true }), UseGuards(WriterGuard), ApiBearerAuth());
}

/** The second check of a write route. It still holds in an application without the hook, though only after the body. */
@Injectable()
class WriterGuard implements CanActivate {
  constructor(private readonly admission: WriterAdmission) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.writer === undefined) this.admission.admit(request);
    return true;
  }
}

/** The credentials of a request. */
export type Presented =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' };

/** `"Bearer" 1*SP b64token` (RFC 6750 §2.1); the scheme's name is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * Reads the token from the raw headers. Node keeps only the first of several `Authorization` headers; a proxy in front may
 * have checked another one, so more than one is refused.
 *
 * @param rawHeaders alternating names and values, as Node provides them
 */
export function bearerTokenOf(rawHeaders: readonly string[]): Presented {
  const values = rawHeaders.filter(
    (_, n) => n % 2 === 1 && rawHeaders[n - 1]?.toLowerCase() === 'authorization',
  );
  const [value] = values;
  if (value === undefined) return { kind: 'none' };
  const token = values.length === 1 ? BEARER.exec(value)?.[1] : undefined;
  return token === undefined ? { kind: 'malformed' } : { kind: 'token', token };
}

/** Global: `@WriteAccess()` on a controller of any feature needs the admission. */
@Global()
@Module({
  providers: [KeyRing, WriterAdmission, { provide: WallClock, useClass: SystemWallClock }],
  exports: [WriterAdmission],
})
export class AuthModule {}
