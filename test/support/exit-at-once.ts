import { flushCompileCache } from 'node:module';

/*
 * Loaded ahead of each test file that is a process. Node emits `exit`, and then waits in a loop until all that the process still holds is
 * closed. One that had reported all results was seen to turn in that loop at full speed, without an end; nothing else is left to do
 * by then.
 */
if (process.env.NODE_TEST_CONTEXT?.startsWith('child')) {
  const { reallyExit } = process as unknown as { reallyExit(code: number): never };
  const end = (code: number) => {
    flushCompileCache();
    reallyExit.call(process, Number(process.exitCode ?? code));
  };
  // The last of the listeners, whichever a test adds.
  process.on('beforeExit', () => {
    process.off('exit', end);
    process.on('exit', end);
  });
}
