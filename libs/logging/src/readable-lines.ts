import type { DestinationStream } from 'pino';

type Line = Readonly<Record<string, unknown>>;

const RESET = '\u001b[0m';
const COLOURS = {
  dim: '\u001b[2m',
  red: '\u001b[31m',
  green: '\u001b[32m',
  yellow: '\u001b[33m',
  cyan: '\u001b[36m',
};
type Colour = keyof typeof COLOURS;

const LEVELS: Readonly<Record<string, readonly [word: string, colour: Colour]>> = {
  fatal: ['FATAL', 'red'],
  error: ['ERROR', 'red'],
  warn: ['WARN ', 'yellow'],
  info: ['INFO ', 'green'],
  debug: ['DEBUG', 'dim'],
  trace: ['TRACE', 'dim'],
};

/** They stand elsewhere in the line, or say nothing to a person who watches one service. */
const LEFT_OUT = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'context',
  'msg',
  'requestId',
  'trace_id',
  'err',
]);
const OF_REQUEST = new Set(['method', 'endpoint', 'path', 'status', 'ms', 'cache', 'sampleRate']);

/** The message of an outage says what its fields do. */
const OF_OUTAGE = new Set(['dependency', 'code', 'address', 'seconds']);

/** Turns lines of JSON into lines that a person reads, one each. What is no such line passes as it is. */
export class ReadableLines implements DestinationStream {
  readonly writable = true;

  /** @param colours whether the terminal wants them (`NO_COLOR`) */
  constructor(
    private readonly stream: DestinationStream,
    private readonly colours: boolean,
  ) {}

  write(line: string): void {
    this.stream.write(this.readable(line));
  }

  private readable(text: string): string {
    try {
      const line = JSON.parse(text) as Line;
      const [word, colour] = LEVELS[String(line['level'])] ?? ['     ', 'dim'];
      const time = String(line['time']).slice(11, 23);
      const parts = [this.paint('dim', time), this.paint(colour, word), ...this.body(line)];
      return `${parts.filter((part) => part !== '').join(' ')}\n${stackOf(line)}`;
    } catch {
      return text;
    }
  }

  private body(line: Line): string[] {
    if (line['context'] === 'Request' && 'path' in line) return this.request(line);
    const context = line['context'] === undefined ? '' : this.paint('cyan', String(line['context']));
    const without = line['context'] === 'Outages' ? new Set([...LEFT_OUT, ...OF_OUTAGE]) : LEFT_OUT;
    return [context, safe(line['msg']), this.fields(line, without)];
  }

  private request(line: Line): string[] {
    const status = Number(line['status']);
    const colour = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
    const cache = line['cache'] === undefined ? '' : this.paint('dim', String(line['cache']));
    return [
      safe(line['method']),
      safe(line['path']),
      this.paint(colour, String(status)),
      `${line['ms']} ms`,
      cache,
      this.fields(line, new Set([...LEFT_OUT, ...OF_REQUEST])),
    ];
  }

  private fields(line: Line, without: ReadonlySet<string>): string {
    const fields = Object.entries(line).filter(([name]) => !without.has(name));
    return this.paint('dim', fields.map(([name, value]) => `${name}=${safe(value)}`).join(' '));
  }

  private paint(colour: Colour, text: string): string {
    return this.colours && text !== '' ? `${COLOURS[colour]}${text}${RESET}` : text;
  }
}

/** What a client sent must not move the cursor, nor begin a line of its own. */
function safe(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function stackOf(line: Line): string {
  const { stack } = (line['err'] ?? {}) as { stack?: unknown };
  if (typeof stack !== 'string') return '';
  return stack
    .split('\n')
    .map((part) => `    ${safe(part)}\n`)
    .join('');
}
