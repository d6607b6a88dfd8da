import { escaped } from '../escape.ts';

/** Which colour is whose; in HTML, since it has to wrap. */
export function legend(names: readonly string[]): string {
  const items = names.map(
    (name, n) => `<li><i style="background:var(--s${n % 7})"></i>${escaped(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}
