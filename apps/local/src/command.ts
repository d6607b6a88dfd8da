import { ensureBuilt } from './build.ts';
import { type CommandSpec, commandLine, type Options, USAGE_ERROR, type Values } from './command-line.ts';
import { hangUpWithNpm } from './processes.ts';
import { Services } from './services.ts';
import { complain, messageOf } from './terminal.ts';

/**
 * Runs an entry: reads its command line, builds if `dist` is out of date, does its work and ends the process.
 *
 * @param work gets the values of the flags, and returns the exit code
 * @param onInterrupt as of `withServices`
 */
export async function runCommand<const O extends Options>(
  spec: CommandSpec<O>,
  work: (values: Values<O>, services: Services) => Promise<number>,
  onInterrupt?: () => number,
): Promise<never> {
  const { values } = commandLine(spec);
  hangUpWithNpm();
  const code = await withServices(
    async (services) => ((await ensureBuilt(services)) ? work(values, services) : 1),
    onInterrupt,
  );
  process.exit(code);
}

/**
 * Does a command's work with services of its own, and takes them down when it is done, fails, or is interrupted. Later
 * signals change nothing: npm passes on one that the terminal has sent to this process too.
 *
 * @param onInterrupt says so, and returns the exit code
 * @returns the exit code
 */
export async function withServices(
  work: (services: Services) => Promise<number>,
  onInterrupt = rolledBack,
): Promise<number> {
  const services = new Services();
  const interruption = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interruption.resolve);
  const code = await Promise.race([interruption.promise.then(onInterrupt), work(services)]).catch(refuse);
  await services.stop();
  return code;
}

function rolledBack(): number {
  complain('Interrupted; the work under way was rolled back.');
  return 130;
}

function refuse(error: unknown): number {
  complain(messageOf(error));
  return error instanceof Error && error.name === 'ConfigError' ? USAGE_ERROR : 1;
}
