import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BadRequestException, HttpException } from '@nestjs/common';
import { ProblemError } from '#libs/errors';
import { toProblem } from '#src/libs/http/src/problems';

describe('what a framework throws', () => {
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
        const problem = toProblem(thrown, false);
        assert.equal(problem.code, code);
        assert.ok(!problem.message.includes('secret'), 'a framework’s words are not for clients');
        assert.equal(problem.cause, thrown);
      }
    });
  }

  it('is INTERNAL for what is not even an error', () => {
    for (const thrown of [undefined, null, 'text', 42])
      assert.equal(toProblem(thrown, true).code, 'INTERNAL');
  });

  it('is the problem itself where one was thrown', () => {
    const problem = new ProblemError('ORIGIN_UNAVAILABLE', { detail: 'later', retryAfterSeconds: 2 });
    assert.equal(toProblem(problem, true), problem);
  });
});

describe('an exception of Nest that a route throws', () => {
  for (const [status, code] of [
    [400, 'REQUEST_INVALID'],
    [401, 'UNAUTHENTICATED'],
    [402, 'REQUEST_REFUSED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [405, 'METHOD_NOT_ALLOWED'],
    [406, 'NOT_ACCEPTABLE'],
    [408, 'REQUEST_TIMEOUT'],
    [409, 'CONFLICT'],
    [410, 'GONE'],
    [412, 'PRECONDITION_FAILED'],
    [413, 'BODY_TOO_LARGE'],
    [415, 'MEDIA_TYPE_UNSUPPORTED'],
    [418, 'REQUEST_REFUSED'],
    [421, 'REQUEST_REFUSED'],
    [422, 'UNPROCESSABLE'],
    [429, 'RATE_LIMITED'],
    [451, 'REQUEST_REFUSED'],
  ] as const)
    it(`of status ${status} is ${code}, with its status and its words`, () => {
      class Thrown extends HttpException {}
      const problem = toProblem(new Thrown('Already reserved', status), true);
      assert.equal(problem.code, code);
      assert.equal(problem.definition.status, status);
      assert.equal(problem.message, 'Already reserved');
    });

  for (const [status, code] of [
    [500, 'INTERNAL'],
    [501, 'NOT_IMPLEMENTED'],
    [502, 'UPSTREAM_FAILED'],
    [503, 'UNAVAILABLE'],
    [504, 'UPSTREAM_TIMEOUT'],
  ] as const)
    it(`of status ${status} is ${code}, without its words`, () => {
      const problem = toProblem(new HttpException('db-1.internal refused', status), true);
      assert.equal(problem.code, code);
      assert.equal(problem.definition.status, status);
      assert.ok(!problem.message.includes('db-1'));
    });

  it('keeps the words of Fastify to itself, which Nest turns into such an exception', () => {
    const { code, message } = toProblem(new HttpException('FST_ERR: secret', 413), true);
    assert.equal(code, 'BODY_TOO_LARGE');
    assert.ok(!message.includes('secret'));
  });

  it('shows every message of a validation pipe', () => {
    const { message } = toProblem(new BadRequestException(['name is empty', 'price is no number']), true);
    assert.equal(message, 'name is empty; price is no number');
  });

  it('has the headers that its status needs', () => {
    const { headers } = toProblem(new HttpException('Who?', 401), true);
    assert.deepEqual(headers, { 'www-authenticate': 'Bearer realm="hotshelf"' });
    assert.equal(toProblem(new HttpException('Slower', 429), true).retryAfterSeconds, 1);
    assert.equal(toProblem(new HttpException('Later', 503), true).retryAfterSeconds, 1);
  });
});
