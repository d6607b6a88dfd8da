import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { traceContextOf } from '#libs/http';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

const hex = (digits: number) =>
  fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map((bytes) => Buffer.from(bytes).toString('hex'));
const nonZero = (digits: number) => hex(digits).filter((text) => !/^0+$/.test(text));

describe('the trace of a request', () => {
  it('is passed on as it came, whatever valid one it is', () => {
    fc.assert(
      fc.property(nonZero(32), nonZero(16), hex(2), (traceId, parentId, flags) => {
        const header = `00-${traceId}-${parentId}-${flags}`;
        assert.deepEqual(traceContextOf(header), { traceId, traceparent: header });
      }),
    );
  });

  it('is passed on in this version where it comes in a later one, with the one flag that is known', () => {
    const later = hex(2).filter((version) => version !== '00' && version !== 'ff');
    fc.assert(
      fc.property(
        later,
        nonZero(32),
        nonZero(16),
        hex(2),
        fc.constantFrom('', '-', '-what-ever'),
        (version, traceId, parentId, flags, more) => {
          const sampled = Number.parseInt(flags, 16) % 2;
          assert.deepEqual(traceContextOf(`${version}-${traceId}-${parentId}-${flags}${more}`), {
            traceId,
            traceparent: `00-${traceId}-${parentId}-0${sampled}`,
          });
        },
      ),
    );
  });

  for (const [what, header] of [
    ['absent', undefined],
    ['empty', ''],
    ['of the forbidden version', `ff-${TRACE}-${PARENT}-01`],
    ['of no trace', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['of no parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['in upper case', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['longer than its version', `00-${TRACE}-${PARENT}-01-more`],
    ['cut off', `00-${TRACE}-${PARENT}`],
    ['of a later version and run together', `01-${TRACE}-${PARENT}-01more`],
    ['there twice', `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`],
    ['an attempt to forge a line of the log', `00-${TRACE}-${PARENT}-01\n{"level":60}`],
  ] as const)
    it(`is ignored where it is ${what}`, () => assert.equal(traceContextOf(header), null));

  it('is either none or one that would be passed on as it is, wherever a valid one is damaged', () => {
    const valid = `00-${TRACE}-${PARENT}-01`;
    const place = fc.nat(valid.length);
    fc.assert(
      fc.property(place, fc.string({ maxLength: 2 }), fc.nat(2), (at, put, dropped) => {
        const trace = traceContextOf(valid.slice(0, at) + put + valid.slice(at + dropped));
        if (trace !== null) assert.deepEqual(traceContextOf(trace.traceparent), trace);
      }),
    );
  });
});
