import { escaped } from '../bench/report/escape.ts';
import type { ScreenLine } from './screen-lines.ts';

const LINE_PX = 18;
const COLUMN_PX = 7.83;
const MARGIN_PX = 16;
const TIME_COLUMNS = 8;

/** Of the same contrast on the dark ground. */
const STYLE = `
  rect { fill: #16181d }
  text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #e4e6eb; white-space: pre }
  .dim { fill: #9aa0ab } .red { fill: #ff8a80 } .green { fill: #7ddf95 } .yellow { fill: #f5c76b } .cyan { fill: #74d4e6 }
`;

/** The screen as a picture: each line with the second at which it came. */
export function svgOf(lines: readonly ScreenLine[], columns: number): string {
  const rows = lines.flatMap((line) => wrapped(line, columns));
  const width = Math.ceil((columns + TIME_COLUMNS) * COLUMN_PX + 2 * MARGIN_PX);
  const height = rows.length * LINE_PX + 2 * MARGIN_PX;
  const texts = rows.map(({ time, spans }, n) => {
    const y = MARGIN_PX + (n + 0.75) * LINE_PX;
    const line = spans
      .map(({ text, colour }) =>
        colour === '' ? escaped(text) : `<tspan class="${colour}">${escaped(text)}</tspan>`,
      )
      .join('');
    return `<text x="${MARGIN_PX}" y="${y}" xml:space="preserve"><tspan class="dim">${time}</tspan>${line}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">The terminal in the first seconds of npm start</title>
<style>${STYLE}</style>
<rect width="${width}" height="${height}" rx="8"/>
${texts.join('\n')}
</svg>
`;
}

/** A line as rows of the terminal; the time stands at the first one, blank at a line that is. */
function wrapped({ seconds, spans, plain }: ScreenLine, columns: number) {
  const rows: { time: string; spans: { text: string; colour: string }[] }[] = [];
  const time = plain === '' ? '' : `${seconds.toFixed(1).padStart(5)} s `;
  rows.push({ time: time.padEnd(TIME_COLUMNS), spans: [] });
  let room = columns;
  for (const { text, colour } of spans) {
    let rest = text;
    while (rest.length > room) {
      rows.at(-1)?.spans.push({ text: rest.slice(0, room), colour });
      rest = rest.slice(room);
      rows.push({ time: ' '.repeat(TIME_COLUMNS), spans: [] });
      room = columns;
    }
    rows.at(-1)?.spans.push({ text: rest, colour });
    room -= rest.length;
  }
  return rows;
}
