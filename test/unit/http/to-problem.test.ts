import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpException } from '@nestjs/common';
import { ProblemError } from '#libs/errors';
import { toProblem } from '#src/libs/http/src/problems/to-problem';

describe('what a thrown thing looks like to a client', () => {
  for (const [status, code] of [
    [400, 'REQUEST_INVALID'],
    [404, 'ROUTE_NOT_FOUND'],
    [413, 'BODY_TOO_LARGE'],
    [408, 'REQUEST_TIMEOUT'],
    [414, 'URI_TOO_LONG'],
    [415, 'MEDIA_TYPE_UNSUPPORTED'],
    [431, 'HEADERS_TOO_LARGE'],
    [418, 'INTERNAL'],
    [500, 'INTERNAL'],
  ] as const) {
    it(`is ${code} for a status of ${status}, from Nest and from Fastify alike`, () => {
      const fromFastify = Object.assign(new Error('secret'), { statusCode: status });
      for (const thrown of [new HttpException('secret', status), fromFastify]) {
        const problem = toProblem(thrown);
        assert.equal(problem.code, code);
        assert.ok(!problem.message.includes('secret'), 'a framework’s words are not for clients');
        assert.equal(problem.cause, thrown);
      }
    });
  }

  it('is INTERNAL for what is not even an error', () => {
    for (const thrown of [undefined, null, 'text', 42]) assert.equal(toProblem(thrown).code, 'INTERNAL');
  });

  it('is the problem itself where one was thrown', () => {
    const problem = new ProblemError('ORIGIN_UNAVAILABLE', { detail: 'later', retryAfterSeconds: 2 });
    assert.equal(toProblem(problem), problem);
  });
});
