import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a short command had to say. */
export type Execution = { kind: 'ok'; stdout: string } | { kind: 'failed'; reason: string };

/**
 * Runs a short command to its end. That it is missing, fails or takes too long is an answer, no fault: the callers
 * look around for what this machine has.
 *
 * @param options.timeoutMs after which it is killed
 * @returns its output, or in one line why there is none
 */
export async function execute(
  command: string,
  args: readonly string[],
  options: { timeoutMs: number; cwd?: string },
): Promise<Execution> {
  try {
    const { stdout } = await run(command, args, {
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    return { kind: 'ok', stdout };
  } catch (error) {
    return { kind: 'failed', reason: `${command}: ${reasonOf(error)}` };
  }
}

function reasonOf(error: unknown): string {
  const { code, killed, stderr, message } = error as Error & {
    code?: string | number;
    killed?: boolean;
    stderr?: string;
  };
  // EACCES: what a name that is nowhere gets where the PATH has a folder that this user can't enter.
  if (code === 'ENOENT' || code === 'EACCES') return 'not found';
  if (killed) return 'no answer in time';
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => line.startsWith('E:')) ?? lines[0] ?? message).trim();
}
