import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import rateLimit from '@fastify/rate-limit';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { ProblemError } from '#libs/errors';
import { perMinute } from '#src/libs/http/src/limits';

/** As many as are counted at once, by the library's own bound. */
const COUNTED = 10_000;

describe('a limit of so many a minute', () => {
  let server: FastifyInstance;

  beforeEach(async () => {
    mock.timers.enable({ apis: ['Date'] });
    server = fastify();
    await server.register(rateLimit, { global: false });
  });
  afterEach(async () => {
    mock.timers.reset();
    await server.close();
  });

  const limitOf = (max: number) => {
    const take = perMinute(server, max, ({ id }) => id);
    return (id: string) => take({ id, routeOptions: { config: {} } } as FastifyRequest);
  };
  const isRefused = (taken: Promise<unknown>, afterSeconds: number) =>
    assert.rejects(
      taken,
      (error) =>
        error instanceof ProblemError &&
        error.code === 'RATE_LIMITED' &&
        error.retryAfterSeconds === afterSeconds,
    );

  it('starts over a minute after the first, and says when that is', async () => {
    const take = limitOf(2);
    await take('a');
    mock.timers.tick(20_000);
    assert.deepEqual(await take('a'), {
      'ratelimit-limit': '2',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '40',
    });
    await isRefused(take('a'), 40);
    mock.timers.tick(39_000);
    await isRefused(take('a'), 1);
    mock.timers.tick(1_000);
    assert.equal((await take('a'))['ratelimit-remaining'], '1');
  });

  it('is one for each who is counted', async () => {
    const take = limitOf(1);
    await take('a');
    await take('b');
    await isRefused(take('a'), 60);
  });

  it('forgets the one who came longest ago where there are too many, and no other', async () => {
    const take = limitOf(1);
    for (let n = 0; n <= COUNTED; n += 1) await take(`client ${n}`);
    await isRefused(take('client 1'), 60);
    await take('client 0');
  });
});
