import type { IncomingMessage } from 'node:http';
import { NotFoundException, type PipeTransform } from '@nestjs/common';
import { parse } from 'fast-querystring';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import findMyWay from 'find-my-way';
import { ProblemError } from '#libs/errors';
import { toProblem } from './problems.js';

/** More than 100 ids, one parameter each, and the other parameters of a list. */
const MAX_PARAMETERS = 128;

/** Whether an address has more query parameters than any route takes. */
function hasTooManyParameters(url: string): boolean {
  return occursMoreThan(MAX_PARAMETERS - 1, '&', url, '&'.length);
}

/** More than the commas between 100 ids, and the characters of a dozen of the longest ids. */
const MAX_ESCAPES = 1_024;

const ESCAPE_LENGTH = '%2C'.length;

/** Whether an address has more percent-encoded bytes than any route takes. */
function hasTooManyEscapes(url: string): boolean {
  return url.length > MAX_ESCAPES * ESCAPE_LENGTH && occursMoreThan(MAX_ESCAPES, '%', url, ESCAPE_LENGTH);
}

/** @param step from one occurrence to where the next one may begin */
function occursMoreThan(most: number, mark: string, text: string, step: number): boolean {
  let count = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + step)) {
    count += 1;
    if (count > most) return true;
  }
  return false;
}

/**
 * Fastify's own parser, which the router calls ahead of every hook. A query with too many parameters or escapes is not parsed,
 * since it is refused: to parse it would cost far more than a hit, and any client can send it.
 */
export function parseQuery(query: string): Record<string, unknown> {
  return hasTooManyParameters(query) || hasTooManyEscapes(query) ? {} : parse(query);
}

/** The template of a route, and the methods that it takes. */
interface Address {
  readonly url: string;
  readonly methods: ReadonlySet<string>;
}

export type IsServed = (request: IncomingMessage, template: string) => boolean;

/**
 * Answers a method that a known address does not take with 405, and OPTIONS with the methods it takes (RFC 9110
 * §15.5.6, §9.3.7). To be called before the first route is added. Fastify's router looks up methods before addresses
 * and cannot list the methods of an address, so a second router, of addresses alone, is kept here.
 *
 * @param isServed whether the port at which the request arrived has the route of this template
 */
export function addAllowedMethods(fastify: FastifyInstance, isServed: IsServed): void {
  const addresses = findMyWay({ maxParamLength: Number.MAX_SAFE_INTEGER });
  const methodsOf = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const known = methodsOf.get(url);
    const methods = known ?? new Set(['OPTIONS']);
    for (const each of [method].flat()) methods.add(each);
    if (known !== undefined) return;
    methodsOf.set(url, methods);
    addresses.on('GET', url, () => undefined, { url, methods } satisfies Address);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const address = addressAt(addresses, request.url);
    // Here, since Fastify reads the body of a request before it reports a missing route.
    if (address === undefined || !isServed(request.raw, address.url))
      return done(toProblem(new NotFoundException(), false));
    const allow = [...address.methods].sort().join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    done(
      new ProblemError('METHOD_NOT_ALLOWED', {
        detail: `This address takes ${allow}.`,
        headers: { allow },
      }),
    );
  });
}

function addressAt(addresses: ReturnType<typeof findMyWay>, url: string): Address | undefined {
  const found = addresses.find('GET', url.split('?', 1)[0] ?? '');
  return found === null ? undefined : (found.store as Address);
}

/** Below Node's limit for request line and headers together, and longer than any useful address. */
const MAX_URL_BYTES = 12_288;

/** Node would silently drop headers beyond its own bound, and with them, perhaps, one that a proxy had checked. */
const MAX_HEADERS = 100;

/** Refuses requests that Node's parser lets through: overlong addresses, too many parameters, escapes or headers, no host or two of them. */
export function refuseOddRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => done(oddityOf(request.raw)));
}

/** The reason why no route may answer a request; undefined if there is none. */
export function oddityOf({
  url = '',
  rawHeaders,
  httpVersion,
}: FastifyRequest['raw']): ProblemError | undefined {
  if (url.length > MAX_URL_BYTES)
    return new ProblemError('URI_TOO_LONG', { detail: `An address has at most ${MAX_URL_BYTES} bytes.` });
  if (hasTooManyParameters(url))
    return new ProblemError('REQUEST_INVALID', {
      detail: `An address has at most ${MAX_PARAMETERS} query parameters.`,
    });
  if (hasTooManyEscapes(url))
    return new ProblemError('REQUEST_INVALID', {
      detail: `An address has at most ${MAX_ESCAPES} percent-encoded bytes.`,
    });
  if (rawHeaders.length > 2 * MAX_HEADERS)
    return new ProblemError('HEADERS_TOO_LARGE', { detail: `A request has at most ${MAX_HEADERS} headers.` });
  const hosts = hostsIn(rawHeaders);
  // Node keeps the first; a proxy in front may have routed by the last (RFC 9112 §3.2 asks for 400).
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0'))
    return new ProblemError('REQUEST_INVALID', { detail: 'A request names its Host, once.' });
  return undefined;
}

function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

const ENTITY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The rule in words. */
export const entityIdRule = `must match ${ENTITY_ID.source}: 1 to 64 letters, digits, dots, underscores or hyphens, a letter or digit first`;

/** The rule as JSON Schema. */
export const entityIdSchema = { type: 'string', pattern: ENTITY_ID.source } as const;

/** Whether an entity can have this id. */
export function isEntityId(text: string | undefined): text is string {
  return text !== undefined && ENTITY_ID.test(text);
}

/** Refuses an invalid id, naming the rule. The id itself is not repeated: it may be anything. */
export class EntityIdPipe implements PipeTransform<string, string> {
  /** @param entity the kind of entity, for clients: `article` */
  constructor(private readonly entity: string) {}

  transform(text: string): string {
    if (isEntityId(text)) return text;
    throw new ProblemError('REQUEST_INVALID', {
      detail: `The ${this.entity} id is not valid.`,
      errors: [
        {
          field: 'id',
          rule: 'pattern',
          message: entityIdRule,
        },
      ],
    });
  }
}
