import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReadableLines } from '#src/libs/logging/src/readable-lines';

function written(line: unknown, colours = false): string {
  let text = '';
  const write = (piece: string) => {
    text += piece;
  };
  new ReadableLines({ write }, colours).write(typeof line === 'string' ? line : `${JSON.stringify(line)}\n`);
  return text;
}

const AT = { time: '2026-01-02T03:04:05.678Z', pid: 1, hostname: 'h' };

describe('a line at a terminal', () => {
  it('is one line for a request', () => {
    const line = {
      ...AT,
      level: 'info',
      context: 'Request',
      requestId: 'a',
      method: 'GET',
      path: '/products/p-1',
    };
    const answer = {
      endpoint: '/products/:id',
      status: 200,
      ms: 0.41,
      cache: 'l1',
      sampleRate: 1,
      msg: 'answered',
    };
    assert.equal(written({ ...line, ...answer }), '03:04:05.678 INFO  GET /products/p-1 200 0.41 ms l1\n');
    const refusal = { endpoint: '/products/:id', status: 503, ms: 9, code: 'OVERLOADED', msg: 'answered' };
    assert.equal(
      written({ ...line, ...refusal, level: 'error' }),
      '03:04:05.678 ERROR GET /products/p-1 503 9 ms code=OVERLOADED\n',
    );
  });

  it('has the fields of other lines behind their message, and the stack of an error below', () => {
    const line = {
      ...AT,
      level: 'warn',
      context: 'Relay',
      msg: 'late',
      seconds: 2,
      err: { stack: 'Error: x\n  at y' },
    };
    assert.equal(written(line), '03:04:05.678 WARN  Relay late seconds=2\n    Error: x\n      at y\n');
  });

  it('says of an outage only once what its fields and its message say', () => {
    const fields = { dependency: 'redis', seconds: 3.7, msg: 'Redis is available again after 3.7 s' };
    assert.equal(
      written({ ...AT, level: 'info', context: 'Outages', ...fields }),
      '03:04:05.678 INFO  Outages Redis is available again after 3.7 s\n',
    );
  });

  it('has colours if the terminal wants them', () => {
    assert.ok(written({ ...AT, level: 'error', msg: 'x' }, true).endsWith('\u001b[31mERROR\u001b[0m x\n'));
  });

  it('lets nothing that a client sent move the cursor', () => {
    const line = {
      ...AT,
      level: 'info',
      context: 'Request',
      method: 'GET',
      path: '/\u001b[2J\n\u009b',
      status: 404,
      ms: 1,
    };
    assert.equal(written(line), '03:04:05.678 INFO  GET /?[2J?? 404 1 ms\n');
  });

  it('passes as it is if it is no object of JSON', () => {
    assert.equal(written('plain words\n'), 'plain words\n');
  });
});
