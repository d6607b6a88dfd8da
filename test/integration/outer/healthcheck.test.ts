import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { listen } from '../../support/listen.ts';
import { instructionsOf } from './support/dockerfile.ts';
import { ROOT } from './support/project.ts';

/** HEALTHCHECK's own limit: past it the engine counts a failure, but leaves the process. */
const CONTAINERS_LIMIT_MS = 3_000;

async function exitCodeWith(port: number): Promise<unknown> {
  const env = { PATH: process.env.PATH, PORT: String(port) };
  const check = spawn(process.execPath, [join(ROOT, 'docker/healthcheck.mjs')], {
    env,
    stdio: 'inherit',
    timeout: CONTAINERS_LIMIT_MS,
  });
  const [code] = await once(check, 'exit');
  return code;
}

/** What the check says of a service that answers so. */
async function verdictOn(answer: RequestListener): Promise<unknown> {
  const { port, stop } = await listen(createServer(answer));
  return exitCodeWith(port).finally(stop);
}

describe("the container's health check", () => {
  it('is the one that the image runs', () => {
    const [copy] = instructionsOf('runtime', 'COPY').filter((rest) => rest.includes('healthcheck'));
    assert.equal(copy, 'docker/healthcheck.mjs LICENSE ./');
    assert.match(instructionsOf('runtime', 'HEALTHCHECK').join(), /CMD \["node", "healthcheck\.mjs"\]$/);
  });

  it('passes while the process answers its liveness probe', async () => {
    const asked: unknown[] = [];
    const code = await verdictOn((request, response) => {
      asked.push(request.url);
      response.end();
    });
    assert.equal(code, 0);
    assert.deepEqual(asked, ['/health/live']);
  });

  it('fails on an error', async () => {
    assert.equal(await verdictOn((_, response) => response.writeHead(503).end()), 1);
  });

  it('fails when nothing answers within its time', async () => {
    assert.equal(await verdictOn(() => {}), 1);
  });

  it('fails when nothing listens', async () => {
    const { port, stop } = await listen(createServer());
    await stop();
    assert.equal(await exitCodeWith(port), 1);
  });
});
