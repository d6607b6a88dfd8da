import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { z } from 'zod';

/** A switch: `on` or `off`. */
export function onOff() {
  return z.enum(['on', 'off']).transform((word) => word === 'on');
}

/** A whole number in decimal digits, from `min` to `max`. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
}

/** A share of a whole in decimal digits, from 0 to 1. */
export function share() {
  return z
    .string()
    .regex(/^\d(?:\.\d{1,9})?$/)
    .transform(Number)
    .pipe(z.number().min(0).max(1));
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;

/**
 * A duration in milliseconds, from text: `250ms`, `1.5s`, `5m`, `1h`; a bare number is seconds.
 *
 * @param min the least value, in milliseconds
 * @param max the greatest value, in milliseconds
 */
export function durationMs(min: number, max: number) {
  return z.string().transform((text, context) => {
    const [, amount, unit = 's'] = DURATION.exec(text) ?? [];
    const ms = Math.round(Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]);
    if (ms >= min && ms <= max) return ms;
    return refuse(text, context);
  });
}

const UNITS_BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;
const BYTE_SIZE = /^(\d+)(B|KiB|MiB|GiB)?$/;

/**
 * A size in bytes, from text: `64MiB`, `1GiB`; a bare number is bytes.
 *
 * @param min the least value, in bytes
 */
export function byteSize(min: number) {
  return z.string().transform((text, context) => {
    const [, amount, unit = 'B'] = BYTE_SIZE.exec(text) ?? [];
    const bytes = Number(amount) * UNITS_BYTES[unit as keyof typeof UNITS_BYTES];
    if (Number.isSafeInteger(bytes) && bytes >= min) return bytes;
    return refuse(text, context);
  });
}

/** A size as {@link byteSize} reads it, or null for an empty text. */
export function optionalByteSize(min: number) {
  return z.union([z.literal('').transform(() => null), byteSize(min)]);
}

/**
 * A number of processes, or `auto`: one per processor that this process may use.
 *
 * @param max the greatest number; it also bounds `auto`
 */
export function workerCount(max: number) {
  return z.union([
    z.literal('auto').transform(() => Math.min(availableParallelism(), max)),
    wholeNumber(1, max),
  ]);
}

/** A URL whose scheme is one of `schemes`, with a host. */
export function serverUrl(...schemes: readonly string[]) {
  return z.string().refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
  });
}

/** The same, or an empty text. */
export function optionalServerUrl(...schemes: readonly string[]) {
  return z.union([z.literal(''), serverUrl(...schemes)]);
}

/** One Redis server, a cluster with some of its nodes as seeds, or none on purpose. */
export type RedisServer =
  | { readonly kind: 'single'; readonly url: string }
  | { readonly kind: 'cluster'; readonly urls: readonly string[] }
  | { readonly kind: 'absent' };

const redisUrl = serverUrl('redis', 'rediss');

/** One URL, several separated by commas, or none. */
export function redisServer() {
  return z.string().transform((text, context): RedisServer => {
    const urls = text.split(',').filter((part) => part !== '');
    if (urls.some((url) => !redisUrl.safeParse(url).success)) return refuse(text, context);
    const [first] = urls;
    if (first === undefined) return { kind: 'absent' };
    return urls.length === 1 ? { kind: 'single', url: first } : { kind: 'cluster', urls };
  });
}

/**
 * Addresses and CIDR ranges separated by commas, or none. A range of all addresses is refused: any client could then
 * claim any address.
 */
export function proxyList() {
  return z.string().transform((text, context): readonly string[] => {
    const proxies = text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
    if (proxies.every(isAddressOrRange)) return proxies;
    return refuse(text, context);
  });
}

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** The rule of the variable describes the expected value; the issue itself is never shown. */
function refuse(input: string, context: z.RefinementCtx): never {
  context.issues.push({ code: 'custom', input });
  return z.NEVER;
}
