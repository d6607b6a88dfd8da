import { startGuard } from '../guard/start-guard.js';
import { complain } from '../output/terminal.js';
import { Stack } from './stack.js';
import { onStopRequests } from './stop-requests.js';

/** How a command ended: its exit code and, where it is not its own success, a line that says why. */
export interface Ending {
  readonly code: number;
  readonly complaint?: string;
}

const KILLED = 130;

/**
 * Does a command's work with servers of its own, and takes them down when it is done, fails, or is told to stop.
 *
 * @param onStop what becomes of the command when it is told to stop
 * @returns the exit code
 */
export async function withStack(
  onStop: () => Ending,
  work: (stack: Stack) => Promise<Ending>,
): Promise<number> {
  const stopped = Promise.withResolvers<Ending>();
  let stack: Stack | undefined;
  const unlisten = onStopRequests({
    ask: () => stopped.resolve(onStop()),
    insist: () => {
      stack?.kill();
      process.exit(KILLED);
    },
  });
  try {
    stack = new Stack(await startGuard());
    const { code, complaint } = await Promise.race([work(stack), stopped.promise]);
    if (complaint !== undefined) complain(complaint);
    return code;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await stack?.stop();
    unlisten();
  }
}
