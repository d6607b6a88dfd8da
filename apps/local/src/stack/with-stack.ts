import { startGuard } from '../guard/start-guard.js';
import { complain, hush, unhush } from '../output/terminal.js';
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
  const { endWith, code } = lastWord();
  let stack: Stack | undefined;
  const unlisten = onStopRequests({
    ask: () => endWith(onStop()),
    insist: () => {
      stack?.kill();
      process.exit(KILLED);
    },
  });
  try {
    stack = new Stack(await startGuard());
    void work(stack).catch(failed).then(endWith);
    return await code;
  } finally {
    // Should the stop itself fail, that has to be told.
    await stack?.stop().finally(unhush);
    unlisten();
  }
}

/** The first ending that comes decides, and nothing is printed after it: what else is under way was given up. */
function lastWord(): { endWith(ending: Ending): void; code: Promise<number> } {
  const first = Promise.withResolvers<number>();
  const endWith = ({ code, complaint }: Ending) => {
    if (complaint !== undefined) complain(complaint);
    hush();
    first.resolve(code);
  };
  return { endWith, code: first.promise };
}

function failed(error: unknown): Ending {
  return { code: 1, complaint: error instanceof Error ? error.message : String(error) };
}
