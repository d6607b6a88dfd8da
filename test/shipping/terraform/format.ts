/**
 * Lays a configuration out as `terraform fmt` does: two spaces for each open bracket, and the equals signs of successive
 * lines in one column. For what this project writes: no heredocs, no comments behind code.
 */
export function formatted(text: string): string {
  const open: number[] = [];
  const lines = text.split('\n').map((raw) => {
    const code = raw.trim();
    const net = code.startsWith('#') ? 0 : netBrackets(code);
    if (net < 0) close(open, -net);
    const indent = '  '.repeat(open.length);
    if (net > 0) open.push(net);
    return code === '' ? '' : indent + code;
  });
  return `${aligned(lines).join('\n').replace(/\n+$/, '')}\n`;
}

/** Several brackets that open on one line are one step of indentation, and end together. */
function close(open: number[], brackets: number): void {
  for (let left = brackets; left > 0 && open.length > 0; ) {
    const top = open.pop() ?? 0;
    if (top > left) open.push(top - left);
    left -= top;
  }
}

function netBrackets(code: string): number {
  const plain = code.replace(/"(?:\\.|\$\{[^}]*\}|[^"\\])*"/g, '""');
  return (plain.match(/[[{(]/g) ?? []).length - (plain.match(/[\]})]/g) ?? []).length;
}

/** An assignment that ends on its line. One that opens a bracket stands alone, and ends a column. */
function assignment(line: string): readonly [string, string] | undefined {
  const [, name, value] = /^(\s*(?:[\w.-]+|"[^"]*"|\([^)]*\)))\s*=(?![=>])\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined || netBrackets(value) !== 0) return undefined;
  return [name, value];
}

function aligned(lines: readonly string[]): string[] {
  const result: string[] = [];
  let column: (readonly [string, string])[] = [];
  const flush = () => {
    const width = Math.max(0, ...column.map(([name]) => name.length));
    result.push(...column.map(([name, value]) => `${name.padEnd(width)} = ${value}`));
    column = [];
  };
  for (const line of lines) {
    const pair = assignment(line);
    if (pair !== undefined) column.push(pair);
    else {
      flush();
      result.push(line.replace(/^(\s*[\w."-]+)\s*=(?![=>])\s*/, '$1 = '));
    }
  }
  flush();
  return result;
}
