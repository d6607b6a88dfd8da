import { ConfigError } from '#libs/config';

/** How a start can fail through no fault of the code, and what to do about it. */
export function explainFailure(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'PORT must be free; another process listens on it. Choose another PORT.';
  if (code === 'EACCES') return 'PORT must be one that this user may listen on. Choose one above 1023.';
  if (code === 'EADDRNOTAVAIL') return 'HOST must be an address of this machine.';
  if (code === 'ENOTFOUND') return 'HOST must be an address or a name that resolves to one of this machine.';
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
