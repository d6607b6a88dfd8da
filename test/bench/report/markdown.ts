/** @param textColumns how many of the first columns hold words; the others are aligned as numbers */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns: number,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = head.map((_, n) => (n < textColumns ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('');
}
