/**
 * Header lines as they are sent.
 *
 * @param list names and values in turn
 */
export function headLines(list: readonly string[]): string {
  const lines: string[] = [];
  for (let at = 0; at < list.length; at += 2) lines.push(`${list[at]}: ${list[at + 1]}\r\n`);
  return lines.join('');
}
