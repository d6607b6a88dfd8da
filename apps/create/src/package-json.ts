import type { Manifest } from './project.ts';
import { dependenciesOf } from './project.ts';
import { Refusal } from './refusal.ts';

/** The packages that an application of Hotshelf has, with their ranges: made of the manifests when they are built. */
export interface Needed {
  /** `@hotshelf/…` and the peers that each application has to have. */
  readonly packages: Readonly<Record<string, string>>;
}

/** The script that runs the program of the outbox. */
export const OUTBOX_SCRIPT = 'hotshelf:migrate';

/**
 * The text of a package.json with the packages and the script that are missing. What is there stays, if it can be right.
 *
 * @throws Refusal for a package whose major version is older than the needed one
 */
export function withPackages(
  text: string,
  manifest: Manifest,
  needed: Needed,
  outboxProgram: string,
): string {
  const there = dependenciesOf(manifest);
  for (const [name, range] of Object.entries(needed.packages)) {
    const [given, least] = [there[name], range].map(majorOf);
    if (given !== undefined && least !== undefined && given < least)
      throw new Refusal(`package.json has ${name} ${there[name]}: @hotshelf/nestjs needs ${range}`);
  }
  const missing = Object.entries(needed.packages).filter(([name]) => there[name] === undefined);
  const { scripts = {} } = manifest;
  const needsScript = scripts[OUTBOX_SCRIPT] === undefined;
  if (missing.length === 0 && !needsScript) return text;
  const changed = {
    ...manifest,
    scripts: needsScript ? { ...scripts, [OUTBOX_SCRIPT]: `node ${outboxProgram}` } : scripts,
    // In the order that npm writes them in.
    dependencies: sorted({ ...manifest.dependencies, ...Object.fromEntries(missing) }),
  };
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? 2;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const written = JSON.stringify(changed, null, indent).replaceAll('\n', newline);
  return /\n$/.test(text) ? written + newline : written;
}

/** Of a range such as `^12.5.1` or `>=12`; undefined for a tag, an address or any version. */
function majorOf(range: string | undefined): number | undefined {
  const [, major] = /^(?:npm:.*@)?[\^~>=v ]*(\d+)(?:\.|$)/.exec(range ?? '') ?? [];
  return major === undefined ? undefined : Number(major);
}

const sorted = (record: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => a.localeCompare(b, 'en')));
