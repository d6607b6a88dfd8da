/** What came on the screen, and when, in seconds. */
export type Output = readonly [seconds: number, text: string];

/** Text in one style. */
export interface Span {
  readonly text: string;
  /** Name of a colour, or empty. */
  readonly colour: string;
}

/** A line of the screen as it was at the end. */
export interface ScreenLine {
  /** When its first character came. */
  readonly seconds: number;
  readonly spans: readonly Span[];
  readonly plain: string;
}

const COLOURS: Readonly<Record<string, string>> = {
  '2': 'dim',
  '31': 'red',
  '32': 'green',
  '33': 'yellow',
  '36': 'cyan',
};
/** An escape sequence of terminals: its parameters and its last character. Else one character, or one that has no place. */
const ESCAPE = '\u001b';
const PIECE = new RegExp(String.raw`${ESCAPE}\[([\d;?]*)([A-Za-z])|${ESCAPE}[()][A-Z0-9]|([\s\S])`, 'gu');

interface Cell {
  readonly text: string;
  readonly colour: string;
}

/**
 * The lines that are on a screen after all that was sent to it, blank ones included. Of what a terminal can do, it knows colours, the
 * return to the beginning of a line, and the erasure of a line: output that needs more is not for this.
 */
export function screenLines(outputs: readonly Output[]): ScreenLine[] {
  const lines: { seconds: number | undefined; cells: Cell[] }[] = [];
  let line = { seconds: undefined as number | undefined, cells: [] as Cell[] };
  let column = 0;
  let colour = '';
  for (const [seconds, text] of outputs)
    for (const [, parameters = '', final, character] of text.matchAll(PIECE)) {
      if (final === 'm') colour = COLOURS[parameters] ?? '';
      else if (final === 'K') line.cells.length = parameters === '' ? column : 0;
      else if (character === '\r') column = 0;
      else if (character === '\n') {
        lines.push(line);
        line = { seconds: undefined, cells: [] };
        column = 0;
      } else if (character !== undefined && character >= ' ') {
        line.seconds ??= seconds;
        line.cells[column] = { text: character, colour };
        column += 1;
      }
    }
  if (line.cells.length > 0) lines.push(line);
  let lastSeconds = 0;
  return lines.map(({ seconds, cells }) => {
    lastSeconds = seconds ?? lastSeconds;
    const spans = spansOf(cells);
    return {
      seconds: lastSeconds,
      spans,
      plain: spans
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    };
  });
}

function spansOf(cells: readonly Cell[]): Span[] {
  const spans: Span[] = [];
  for (const { text, colour } of cells) {
    const last = spans.at(-1);
    if (last?.colour === colour) spans[spans.length - 1] = { text: last.text + text, colour };
    else spans.push({ text, colour });
  }
  return spans;
}
