import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '#libs/config';
import { boundHeap } from '#src/apps/api/src/run';

const MIB_128 = 128 * 1_048_576;

describe('the bound of the heap of a process that serves alone', () => {
  /** @returns the arguments with which the process would re-execute itself */
  const argumentsFor = (maxHeapBytes: number | null): readonly string[] | undefined => {
    let begun: readonly string[] | undefined;
    boundHeap(maxHeapBytes, ((_file: string, args: readonly string[]) => {
      begun = args;
    }) as unknown as typeof process.execve);
    return begun;
  };

  it('is given to V8 by re-execution, with all arguments of the process', () => {
    const [node, ...program] = process.argv;
    assert.deepEqual(argumentsFor(MIB_128), [
      node,
      ...process.execArgv,
      '--max-old-space-size=128',
      ...program,
    ]);
  });

  it('needs no beginning where none is set', () => {
    assert.equal(argumentsFor(null), undefined);
  });

  it('is not given a second time to a process that has it', (t) => {
    t.mock.property(process, 'execArgv', ['--max-old-space-size=128']);
    assert.equal(argumentsFor(MIB_128), undefined);
  });

  it('is refused, and not ignored, by a Node that cannot', (t) => {
    t.mock.property(process, 'execve', undefined);
    assert.throws(
      () => boundHeap(MIB_128),
      (error) => error instanceof ConfigError && /^WORKER_MAX_HEAP must be empty/.test(error.message),
    );
  });
});
