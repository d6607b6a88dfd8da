import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from '@cdktf/hcl2json';

/** The body of a block: arguments by their names; expressions are texts with `${…}`. Nested blocks are lists of bodies. */
export type Body = Readonly<Record<string, unknown>>;

/** A module: what the files of one folder declare. */
export interface Configuration {
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
  readonly variables: ReadonlyMap<string, Body>;
  readonly outputs: ReadonlyMap<string, Body>;
  readonly locals: ReadonlyMap<string, unknown>;
  readonly calls: ReadonlyMap<string, Body>;
  /** By `type.name`. */
  readonly resources: ReadonlyMap<string, Body>;
  /** By `type.name`. */
  readonly data: ReadonlyMap<string, Body>;
  /** Names of the providers that versions.tf asks for. */
  readonly providers: ReadonlySet<string>;
  /** Everything, for a search of texts. */
  readonly whole: readonly unknown[];
}

type Labelled = Readonly<Record<string, readonly Body[]>>;

/**
 * Parses the .tf files of a folder.
 *
 * @throws Error with the parser's words and the file's name if one is not HCL
 */
export async function readConfiguration(folder: string): Promise<Configuration> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.tf'));
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const parsed: Body[] = [];
  for (const [name, text] of Object.entries(files))
    parsed.push((await parse(join(basename(folder), name), text)) as Body);
  const one = (kind: string) =>
    new Map(
      parsed.flatMap((file) =>
        Object.entries((file[kind] ?? {}) as Labelled).map(([name, [body]]) => [name, body ?? {}] as const),
      ),
    );
  const two = (kind: string) =>
    new Map(
      parsed.flatMap((file) =>
        Object.entries((file[kind] ?? {}) as Readonly<Record<string, Labelled>>).flatMap(([type, byName]) =>
          Object.entries(byName).map(([name, [body]]) => [`${type}.${name}`, body ?? {}] as const),
        ),
      ),
    );
  const blocks = (kind: string) => parsed.flatMap((file) => (file[kind] ?? []) as readonly Body[]);
  const asked = blocks('terraform').flatMap(
    ({ required_providers: list }) => (list ?? []) as readonly Body[],
  );
  return {
    folder,
    files,
    variables: one('variable'),
    outputs: one('output'),
    locals: new Map(blocks('locals').flatMap((body) => Object.entries(body))),
    calls: one('module'),
    resources: two('resource'),
    data: two('data'),
    providers: new Set(asked.flatMap((body) => Object.keys(body))),
    whole: parsed,
  };
}

/** All texts below a value, in which references stand. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key.includes('${') ? [key] : []),
    ...textsIn(inner),
  ]);
}
