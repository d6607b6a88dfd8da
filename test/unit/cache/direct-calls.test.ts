import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ExecutionContext,
  Param,
  ParseIntPipe,
  type PipeTransform,
  Query,
  type Type,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { ApplicationConfig, type ModuleRef } from '@nestjs/core';
import { DirectCalls } from '#src/libs/cache-http/src/cached-resource';

class Caching {
  intercept() {}
}
class Other {
  intercept() {}
}

const tenfold: PipeTransform = {
  transform: (value, { type, data, metatype }) => {
    assert.deepEqual([type, data, metatype], ['param', 'id', Number]);
    return Number(value) * 10;
  },
};

class Things {
  private readonly name = 'thing';

  async piped(id: unknown) {
    return `${this.name} ${id}`;
  }

  plain(id: unknown) {
    return id;
  }

  made() {}
  asked() {}
  whole() {}
  intercepted() {}
  underPipes() {}
}

class Watched {
  one() {}
}

/** Decorates a method, as the compiler would. */
function decorate(
  controller: Type<object>,
  method: string,
  parameters: readonly ParameterDecorator[],
  ...others: readonly MethodDecorator[]
): void {
  const { prototype } = controller;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method) ?? {};
  for (const [index, parameter] of parameters.entries()) parameter(prototype, method, index);
  Reflect.defineMetadata('design:paramtypes', [Number], prototype, method);
  for (const decorator of others) decorator(prototype, method, descriptor);
}

const caching = UseInterceptors(Caching);
decorate(Things, 'piped', [Param('id', tenfold)], caching);
decorate(Things, 'plain', [Param('id')], caching);
decorate(Things, 'made', [Param('id', ParseIntPipe)], caching);
decorate(Things, 'asked', [Param('id'), Query('more')], caching);
decorate(Things, 'whole', [Param()], caching);
decorate(Things, 'intercepted', [Param('id')], UseInterceptors(Caching, Other));
decorate(Things, 'underPipes', [Param('id')], UsePipes(tenfold), caching);
decorate(Watched, 'one', [Param('id')], caching);
UseInterceptors(Other)(Watched);

describe('a method that is called without the router', () => {
  const contextOf = (controller: Type<object>, method: string) =>
    ({
      getClass: () => controller,
      getHandler: () => (controller.prototype as Record<string, unknown>)[method],
    }) as unknown as ExecutionContext;
  const modulesOf = (applicationConfig: ApplicationConfig | undefined, get: () => unknown) =>
    ({ container: { applicationConfig }, get }) as unknown as ModuleRef;
  const callOf = (method: string, modules = modulesOf(new ApplicationConfig(), () => new Things())) =>
    new DirectCalls(modules).of(contextOf(Things, method), Caching);

  it('gets what its pipes make of the parameters, as its controller calls it', async () => {
    assert.equal(await callOf('piped')?.({ id: '7' }), 'thing 70');
    assert.equal(await callOf('plain')?.({ id: '7' }), '7');
  });

  it('throws what a pipe throws', async () => {
    const call = callOf('piped');
    await assert.rejects(
      async () => call?.({ id: { valueOf: () => assert.fail('refused') } as never }),
      /refused/,
    );
  });

  it('is none that has a pipe made by Nest, or takes more than named parameters of the path', () => {
    for (const method of ['made', 'asked', 'whole', 'underPipes']) assert.equal(callOf(method), null, method);
  });

  it('is none behind another interceptor', () => {
    assert.equal(callOf('intercepted'), null);
    const modules = modulesOf(new ApplicationConfig(), () => new Watched());
    assert.equal(new DirectCalls(modules).of(contextOf(Watched, 'one'), Caching), null);
  });

  it('is none in an application with guards, pipes or interceptors of all routes', () => {
    for (const add of [
      (config: ApplicationConfig) => config.addGlobalPipe(tenfold),
      (config: ApplicationConfig) => config.useGlobalInterceptors({ intercept: () => assert.fail() }),
      (config: ApplicationConfig) => config.useGlobalGuards({ canActivate: () => true }),
    ]) {
      const config = new ApplicationConfig();
      add(config);
      assert.equal(
        callOf(
          'plain',
          modulesOf(config, () => new Things()),
        ),
        null,
      );
    }
    assert.equal(
      callOf(
        'plain',
        modulesOf(undefined, () => new Things()),
      ),
      null,
    );
  });

  it('is none of a controller that is made for each request', () => {
    const refuse = () => {
      throw new Error('request-scoped');
    };
    assert.equal(callOf('plain', modulesOf(new ApplicationConfig(), refuse)), null);
  });
});
