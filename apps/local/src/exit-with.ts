import { complain } from './output/terminal.js';

/** Ends this process with a command's exit code. What keeps it from starting at all is told in its own words. */
export async function exitWith(command: () => Promise<number>): Promise<never> {
  try {
    process.exit(await command());
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
