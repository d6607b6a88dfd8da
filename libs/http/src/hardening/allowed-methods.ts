import type { FastifyInstance, RouteOptions } from 'fastify';
import findMyWay from 'find-my-way';
import { ProblemError } from '#libs/errors';

/**
 * Answers a method that a known address does not take with 405, and OPTIONS with what it takes (RFC 9110 §15.5.6,
 * §9.3.7). To be called before the first route is added. Fastify's router looks methods up before addresses and can
 * not say which ones an address would take, so a second one, of addresses alone, is kept here.
 */
export function addAllowedMethods(fastify: FastifyInstance): void {
  const addresses = findMyWay({ maxParamLength: Number.MAX_SAFE_INTEGER });
  const methodsOf = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const known = methodsOf.get(url);
    const methods = known ?? new Set(['OPTIONS']);
    for (const each of [method].flat()) methods.add(each);
    if (known !== undefined) return;
    methodsOf.set(url, methods);
    addresses.on('GET', url, () => undefined, methods);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const methods = request.is404 ? takenAt(addresses, request.url) : undefined;
    if (methods === undefined) return done();
    const allow = [...methods].sort().join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    done(
      new ProblemError('METHOD_NOT_ALLOWED', {
        detail: `This address takes ${allow}.`,
        headers: { allow },
      }),
    );
  });
}

function takenAt(addresses: ReturnType<typeof findMyWay>, url: string): ReadonlySet<string> | undefined {
  const found = addresses.find('GET', url.split('?', 1)[0] ?? '');
  return found === null ? undefined : (found.store as ReadonlySet<string>);
}
