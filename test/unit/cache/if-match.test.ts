import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { etagOf } from '#libs/cache';
import { ifMatchHolds } from '#libs/http';

const etag = etagOf('{}');

describe('If-Match', () => {
  for (const header of [
    etag,
    ` ${etag} `,
    `"a", ${etag}`,
    `"a,b",${etag},"c"`,
    `W/"x" , ${etag}`,
    '*',
    ' * ',
  ]) {
    it(`holds for ${header}`, () => assert.equal(ifMatchHolds(header, etag), true));
  }

  for (const header of [
    `W/${etag}`,
    '"other"',
    '',
    etag.slice(1, -1),
    `"a", W/${etag}`,
    `"*"`,
    `"a${etag}"`,
  ]) {
    it(`does not hold for ${header || 'nothing'}`, () => assert.equal(ifMatchHolds(header, etag), false));
  }
});
