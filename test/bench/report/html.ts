import type { Conditions } from '../conditions.ts';
import { escaped } from './escape.ts';
import { STYLES } from './styles.ts';

/** A whole page in one file: nothing is loaded from anywhere. */
export function htmlPage(title: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLES}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${sections.join('\n')}
</body>
</html>
`;
}

export function figure(title: string, about: string, plot: string): string {
  return `<figure><h3>${escaped(title)}</h3><p class="soft">${escaped(about)}</p>${plot}</figure>`;
}

export interface Cell {
  readonly text: string;
  /** Smaller, below. */
  readonly note?: string;
  /** A number stands right-aligned. */
  readonly kind?: 'number' | 'met' | 'missed';
}

const CLASSES = { number: ' class="n"', met: ' class="met"', missed: ' class="missed"' } as const;

export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const cell = (tag: string, { text, note, kind }: Cell) =>
    `<${tag}${kind === undefined ? '' : CLASSES[kind]}>${escaped(text)}${note === undefined ? '' : `<small>${escaped(note)}</small>`}</${tag}>`;
  const row = (tag: string, cells: readonly Cell[]) =>
    `<tr>${cells.map((it) => cell(tag, it)).join('')}</tr>`;
  return `<div class="wide"><table>${row('th', head)}${rows.map((cells) => row('td', cells)).join('')}</table></div>`;
}

/** Where, when and with what: a figure without it is none. */
export function conditionsList(conditions: Conditions): string {
  const { date, command, machine, loadBefore, isPinned, versions } = conditions;
  const items = {
    Date: date,
    Command: command,
    Machine: machine,
    'Load before': `${loadBefore.toFixed(2)} (one minute's average; above 0.5 the machine was not quiet)`,
    Pinning: isPinned ? 'server on one core, load on another, unless a row says otherwise' : 'none',
    Versions: Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  };
  const rows = Object.entries(items).map(([name, text]) => `<dt>${name}</dt><dd>${escaped(text)}</dd>`);
  return `<dl>${rows.join('')}</dl>`;
}
