import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { RequestContext, requestFields } from '#src/libs/logging/src/logging.module';

describe('what lines say of the request that they belong to', () => {
  const context = new RequestContext();

  it('is nothing outside of any', () => {
    assert.deepEqual(requestFields(), {});
  });

  it('is its id, across everything that it waits for, and never that of another', async () => {
    const seen = await Promise.all(
      ['a', 'b'].map((requestId) => {
        const { promise, resolve } = Promise.withResolvers<unknown>();
        context.run({ requestId }, () => void pause(1).then(() => resolve(requestFields())));
        return promise;
      }),
    );
    assert.deepEqual(seen, [{ requestId: 'a' }, { requestId: 'b' }]);
  });

  it('stays bound for later lines of the request', () => {
    context.run({ requestId: 'bound' }, () =>
      context.within({ requestId: 'other' }, () => assert.deepEqual(requestFields(), { requestId: 'bound' })),
    );
  });

  it('is bound for lines of a request outside its context', () => {
    context.within({ requestId: 'late' }, () => assert.deepEqual(requestFields(), { requestId: 'late' }));
    assert.deepEqual(requestFields(), {});
  });

  it('cannot be changed by the writer of a line', () => {
    context.run({ requestId: 'a' }, () => {
      requestFields().requestId = 'b';
      assert.equal(requestFields().requestId, 'a');
    });
  });
});
