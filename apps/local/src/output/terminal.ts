// The one file that writes to the terminal. It imports nothing of this project, so that it runs both compiled and,
// under apps/local/bin, as it stands.

// The terminal may go away first (its window closed, npm killed). What is written then is lost, and the failed write
// must not end the process halfway through taking everything down.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

let hushed = false;

/** Prints a line of what was asked for. */
export function say(line = ''): void {
  write(process.stdout, `${line}\n`);
}

/** Prints a line about what went wrong, or could. */
export function complain(line: string): void {
  write(process.stderr, `${line}\n`);
}

/**
 * Drops whatever is printed from now on: work that was given up goes on for a while, and what it has to tell would
 * stand below the line that told the end.
 */
export function hush(): void {
  hushed = true;
}

/** Lets through again what is printed. */
export function unhush(): void {
  hushed = false;
}

/** Whether somebody watches, so that a line may be drawn over. */
export function isWatched(): boolean {
  return process.stdout.isTTY === true;
}

/** Draws a line over the one drawn last; `say('')` ends it. */
export function redraw(line: string): void {
  write(process.stdout, `\r\x1b[2K${line}`);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!hushed) stream.write(text);
}
