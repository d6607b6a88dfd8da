import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { causeOf } from '#src/libs/resilience/src/outages';

describe('the cause of an outage', () => {
  it('says in plain words that a connection was given up, and nothing of the options of its driver', () => {
    const error = new Error("Stream isn't writeable and enableOfflineQueue options is false");
    assert.deepEqual(causeOf(error), { code: 'CLOSED', text: 'the connection was lost' });
  });

  it('is that of the system, of Redis or of Postgres as it is', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    assert.deepEqual(causeOf(refused), { code: 'ECONNREFUSED', text: refused.message });
    assert.equal(causeOf(new Error('LOADING Redis is loading the dataset in memory')).code, 'LOADING');
    assert.equal(causeOf(new Error('Command timed out')).code, 'TIMEOUT');
  });
});
