import { flushCompileCache } from 'node:module';
import { after } from 'node:test';

/** How long a file may hold on to something after its last suite. It is ended then, and has failed. */
const MAY_HOLD_MS = 20_000;

/** Loaded ahead of each test file that is a process: ends it once its suites have. */
if (process.env.NODE_TEST_CONTEXT?.startsWith('child')) {
  const { reallyExit } = process as unknown as { reallyExit(code: number): never };
  const end = (code: number) => {
    flushCompileCache();
    reallyExit.call(process, Number(process.exitCode ?? code));
  };
  // Node emits `exit`, and then waits in a loop until all that the process still holds is closed. One that had reported all results was
  // seen to turn in that loop at full speed, without an end; nothing else is left to do by then.
  const endWithExit = () => {
    // The last of the listeners, whichever a test adds.
    process.off('exit', end);
    process.on('exit', end);
  };
  process.on('beforeExit', endWithExit);
  // Of the root: all suites of the file have ended. Where a `before` failed, its `after` seldom finds what it has to stop.
  after(() => {
    const endByForce = () => {
      const held = process.getActiveResourcesInfo().join(', ');
      process.stderr.write(`All suites of this file have ended, and it still holds: ${held}\n`);
      endWithExit();
      process.exit(1);
    };
    setTimeout(endByForce, MAY_HOLD_MS).unref();
  });
}
