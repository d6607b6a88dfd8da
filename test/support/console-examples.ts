/** A command of a page, and the answer that the page shows for it. */
export interface ConsoleExample {
  readonly command: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where none is shown. */
  readonly body: string;
}

/** The examples of a page in Markdown: fenced as `console`, a command after `$ `, then what `curl -i` prints. */
export function consoleExamples(page: string): ConsoleExample[] {
  return [...page.matchAll(/^```console\n\$ ([\s\S]*?)^```$/gm)].map(([, text = '']) => exampleOf(text));
}

function exampleOf(text: string): ConsoleExample {
  const lines = text.split('\n');
  const last = lines.findIndex((line) => !line.endsWith('\\'));
  return { command: lines.slice(0, last + 1).join('\n'), ...answerOf(lines.slice(last + 1).join('\n')) };
}

/** Reads what `curl -i` prints. */
export function answerOf(text: string): Omit<ConsoleExample, 'command'> {
  const [head = '', ...rest] = text.replaceAll('\r\n', '\n').split('\n\n');
  const [statusLine = '', ...headerLines] = head.trim().split('\n');
  const headers = headerLines.map((line) => {
    const [name = '', ...value] = line.split(': ');
    return [name.toLowerCase(), value.join(': ')];
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: rest.join('\n\n').trim(),
  };
}
