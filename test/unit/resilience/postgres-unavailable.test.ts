import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPostgresUnavailable } from '#libs/resilience';

const withCode = (code: string) => Object.assign(new Error('refused'), { code });

describe('whether an error says that Postgres is unwell', () => {
  for (const code of [
    '08006',
    '53300',
    '57P01',
    '57P03',
    '57014',
    '25006',
    'ECONNREFUSED',
    'ETIMEDOUT',
    'EPIPE',
  ]) {
    it(`does for ${code}`, () => assert.equal(isPostgresUnavailable(withCode(code)), true));
  }

  for (const code of ['23505', '23514', '42P01', '22P02', '40001']) {
    it(`does not for ${code}`, () => assert.equal(isPostgresUnavailable(withCode(code)), false));
  }

  it('does for an error without any code, which came from the network or a timeout', () => {
    assert.equal(isPostgresUnavailable(new Error('Query read timeout')), true);
  });
});
