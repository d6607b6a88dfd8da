/** Header lines as they are sent. @param list names and values in turn */
export function headLines(list: readonly string[]): string {
  let lines = '';
  for (let at = 0; at < list.length; at += 2) lines += `${list[at]}: ${list[at + 1]}\r\n`;
  return lines;
}
