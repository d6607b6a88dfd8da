import { escaped } from '../escape.ts';

/** Which colour is whose; in HTML, since it has to wrap. */
export function legend(entries: readonly { readonly name: string; readonly tone: number }[]): string {
  const items = entries.map(
    ({ name, tone }) => `<li><i style="background:var(--s${tone})"></i>${escaped(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}
