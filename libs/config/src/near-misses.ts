import { closest, distance } from 'fastest-levenshtein';

/** Many programs read a variable of this name, so it is not a misspelt setting of this service. */
const FOREIGN: ReadonlySet<string> = new Set(['API_KEY']);

/**
 * Finds variables that are not settings but are spelt almost like one. If they were ignored, the service would run with a
 * default that its operator meant to change.
 *
 * Platforms set variables under the same prefixes (`REDIS_PORT_6379_TCP`, `HTTP_PROXY`). Their names are far from every
 * setting, so they pass. A name close to a setting that is also set passes too (`REDIS_URI` beside `REDIS_URL`). Two names
 * that differ only in case and underscores are always reported.
 */
export function nearMisses(
  known: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly message: string }[] {
  const settings = new Set(known);
  const byLetters = new Map(known.map((name) => [lettersOf(name), name]));
  const meant = (name: string) => {
    const same = byLetters.get(lettersOf(name));
    if (same !== undefined) return same;
    const near = nearestOf(name, known);
    return near === undefined || environment[near] !== undefined ? undefined : near;
  };
  return Object.keys(environment).flatMap((name) => {
    if (settings.has(name) || FOREIGN.has(name) || environment[name] === undefined) return [];
    const setting = meant(name);
    return setting === undefined
      ? []
      : { name, message: `${name} is not a setting; did you mean ${setting}?` };
  });
}

function lettersOf(name: string): string {
  return name.replaceAll('_', '').toUpperCase();
}

/** The nearest setting. A short name must be closer than a long one. */
function nearestOf(name: string, known: readonly string[]): string | undefined {
  const prefix = name.slice(0, name.indexOf('_') + 1);
  if (prefix === '') return undefined;
  const nearest = closest(name, known);
  const misspelt = nearest.startsWith(prefix) ? nearest.length - prefix.length : nearest.length / 2;
  return nearest.includes('_') && distance(name, nearest) <= (misspelt > 4 ? 2 : 1) ? nearest : undefined;
}
