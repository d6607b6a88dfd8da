import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ExecutionContext, UseGuards } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance, fastify } from 'fastify';
import { HttpEvents } from '#libs/http';
import type { CachedResourceOptions } from '#src/libs/cache-http/src/cached-resource';
import { HotRoutes } from '#src/libs/cache-http/src/hot/hot-path';

/** Takes whatever stands in the path, so that nothing but the route itself refuses it. */
const options = (): CachedResourceOptions<unknown> => ({
  key: ({ id = '' }) => `thing:${id}`,
  version: () => 1,
  body: (value) => value,
});

class Open {
  get() {}
}
class Guarded {
  get() {}
}
UseGuards({ canActivate: () => true })(Guarded);

const contextOf = (controller: typeof Open) =>
  ({ getClass: () => controller, getHandler: () => controller.prototype.get }) as unknown as ExecutionContext;

describe('the routes that are answered ahead of the router', () => {
  const hostOf = (router: FastifyInstance) =>
    ({ httpAdapter: { getInstance: () => router } }) as unknown as HttpAdapterHost;
  const derivedRoutes = (
    template: string,
    resource = options(),
    method = 'GET',
    context = contextOf(Open),
  ) => {
    const routes = new HotRoutes(hostOf(fastify()), new HttpEvents());
    routes.learn(resource, template, method, context);
    return routes;
  };

  it('are those with one parameter, at the end', () => {
    assert.equal(derivedRoutes('/things/:id').of('/things/1')?.keyOf('/things/1'), 'thing:1');
    assert.equal(derivedRoutes('/a/b/:id').of('/a/b/1')?.keyOf('/a/b/1'), 'thing:1');
    for (const template of [
      '/things',
      '/:id',
      '/:a/:id',
      '/things/:id/x',
      '/things/:id(\\d+)',
      '/things/*',
      '/a/:x-:id',
    ])
      assert.equal(derivedRoutes(template).of(template.replace(':id', '1')), undefined, template);
  });

  it('are none whose key a group determines too', () => {
    assert.equal(
      derivedRoutes('/things/:id', { ...options(), group: () => 'thing:*' }).of('/things/1'),
      undefined,
    );
  });

  it('are known only once a GET came by the router', () => {
    const routes = derivedRoutes('/things/:id', options(), 'POST');
    assert.equal(routes.of('/things/1'), undefined);
  });

  it('are none behind a guard', () => {
    assert.equal(
      derivedRoutes('/things/:id', options(), 'GET', contextOf(Guarded)).of('/things/1'),
      undefined,
    );
  });

  it('are none that stand for two methods of the code', () => {
    const routes = derivedRoutes('/things/:id');
    routes.learn(options(), '/things/:id', 'GET', contextOf(Open));
    assert.equal(routes.of('/things/1'), undefined);
    routes.learn(options(), '/things/:id', 'GET', contextOf(Open));
    assert.equal(routes.of('/things/1'), undefined);
  });

  it('give no key for an address that a router could read otherwise than it stands', () => {
    const route = derivedRoutes('/things/:id').of('/things/1');
    for (const rest of ['', 'a/b', 'a?b', 'a#b', 'a;b', 'a%62', '%', 'a b', 'é', 'a\n', 'a+b', 'a,b'])
      assert.equal(route?.keyOf(`/things/${rest}`), null, JSON.stringify(rest));
    for (const rest of ['a', 'A-b_c.d~e', '0'])
      assert.equal(route?.keyOf(`/things/${rest}`), `thing:${rest}`);
  });

  it('leave an address alone that is a route of its own, also one of a plugin', async () => {
    const router = fastify();
    const routes = new HotRoutes(hostOf(router), new HttpEvents());
    router.get('/things/:id', () => '');
    router.get('/things/featured', () => '');
    router.post('/things/posted', () => '');
    router.register((inner, _options, done) => done(void inner.get('/inner', () => '')), {
      prefix: '/things',
    });
    await router.ready();
    assert.equal(routes.isOwnRoute('/things/inner'), true);
    assert.equal(routes.isOwnRoute('/things/posted'), false);
    assert.equal(routes.isOwnRoute('/things/featured'), true);
    assert.equal(routes.isOwnRoute('/things/1'), false);
  });
});
