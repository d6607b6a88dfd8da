import { readFile } from 'node:fs/promises';

/**
 * The last lines that a program wrote, indented, to stand under the message of an error.
 *
 * @param file its log; one that does not exist reads as empty
 * @param maxLines how many, 12 by default
 */
export async function logTail(file: string, maxLines = 12): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-maxLines)
    .map((line) => `\n  ${line}`)
    .join('');
}
