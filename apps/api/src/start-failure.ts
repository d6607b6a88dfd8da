import { WiringError } from '#libs/cache/nest';
import { ConfigError } from '#libs/config';
import { MigrationError } from '#libs/db';

/** Failures of a start that are not faults of the code, and their remedies. */
export function explainFailure(error: unknown): string {
  const isExplained = [ConfigError, MigrationError, WiringError].some((kind) => error instanceof kind);
  if (isExplained && error instanceof Error) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'PORT must be free; another process listens on it. Choose another PORT.';
  if (code === 'EACCES') return 'PORT must be one that this user may listen on. Choose one above 1023.';
  if (code === 'EADDRNOTAVAIL') return 'HOST must be an address of this machine.';
  if (code === 'ENOTFOUND') return 'HOST must be an address or a name that resolves to one of this machine.';
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Ends a process that could not start, with one plain text on the error stream instead of a stack. */
export function exitWith(error: unknown): never {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exit(1);
}
