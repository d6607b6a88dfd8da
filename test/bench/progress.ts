/**
 * Shows on a terminal each second what is under way and for how long, in a line that is written over and gone at the end. Shows
 * nothing elsewhere: a log would get thousands of lines.
 *
 * @param terminal default: the standard output
 */
export async function showingProgress<T>(
  what: string,
  work: () => Promise<T>,
  terminal: { readonly isTTY?: boolean; write(text: string): unknown } = process.stdout,
): Promise<T> {
  if (terminal.isTTY !== true) return work();
  const sinceMs = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - sinceMs) / 1_000);
    terminal.write(`\r\u001b[K${String(seconds).padStart(5)} s  ${what}`);
  }, 1_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    terminal.write('\r\u001b[K');
  }
}
