import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../support/run-command.ts';
import type { BlockSchema, Schema, TypeSchema } from './schema.ts';

/** The bindings that are generated from the providers' own schemas, with the major release that versions.tf asks for. */
const BINDINGS: Readonly<Record<string, string>> = {
  aws: '@cdktf/provider-aws@21.22.1',
  random: '@cdktf/provider-random@12.0.1',
};

/**
 * Reads the arguments and attributes of types from the providers' TypeScript bindings, fetched from npm for the time of
 * the call: they are 400 MB, so that only what is read is kept.
 */
export async function fetchSchema(types: {
  readonly resource: readonly string[];
  readonly data: readonly string[];
}): Promise<Schema> {
  const scratch = await mkdtemp(join(tmpdir(), 'hotshelf-provider-'));
  try {
    const folders = new Map<string, string>();
    for (const [provider, name] of Object.entries(BINDINGS)) {
      const packed = await runCommand('npm', ['pack', '--silent', name, '--pack-destination', scratch], {});
      if (packed.code !== 0) throw new Error(`cannot fetch ${name}:\n${packed.output}`);
      const archive = (await readdir(scratch)).find((file) => file.startsWith(`cdktf-provider-${provider}-`));
      const options = [
        '-C',
        scratch,
        `--transform=s,^package,${provider},`,
        '--wildcards',
        'package/lib/*.d.ts',
      ];
      await runCommand('tar', ['-xzf', join(scratch, archive ?? ''), ...options], {});
      folders.set(provider, join(scratch, provider, 'lib'));
    }
    const read = async (kind: string, names: readonly string[]) =>
      Object.fromEntries(
        await Promise.all(
          names.toSorted().map(async (type) => {
            const [provider = '', ...rest] = type.split('_');
            const folder = `${kind === 'data' ? `data-${provider}-` : ''}${rest.join('-')}`;
            const path = join(folders.get(provider) ?? '', folder, 'index.d.ts');
            return [type, typeSchema(await readFile(path, 'utf8'))] as const;
          }),
        ),
      );
    return {
      versions: BINDINGS,
      resource: await read('resource', types.resource),
      data: await read('data', types.data),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Types that are arguments of Terraform's language, not of the provider. */
const ALWAYS = new Set(['id', 'timeouts']);

function typeSchema(text: string): TypeSchema {
  const interfaces = new Map(
    [...text.matchAll(/export interface (\w+)[^{]*\{\n([\s\S]*?)\n\}/g)].map(
      ([, name = '', body = '']) => [name, body] as const,
    ),
  );
  const [config = ''] = [...interfaces.keys()].filter(
    (name) => name.endsWith('Config') && isConfig(text, name),
  );
  const [, members = ''] =
    /export declare class \w+ extends cdktf\.Terraform(?:Resource|DataSource) \{([\s\S]*?)\n\}/.exec(text) ??
    [];
  return {
    ...blockSchema(interfaces.get(config) ?? '', interfaces),
    attributes: [...members.matchAll(/\n {4}get (\w+)\(\)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !name.endsWith('Input'))
      .toSorted(),
  };
}

const isConfig = (text: string, name: string) =>
  text.includes(`export interface ${name} extends cdktf.TerraformMetaArguments`);

function blockSchema(body: string, interfaces: ReadonlyMap<string, string>): BlockSchema {
  const required: string[] = [];
  const optional: string[] = [];
  const blocks: Record<string, BlockSchema> = {};
  const property = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*readonly \w+(\??): ([^;]+);/g;
  for (const [, comment = '', mark, type = ''] of body.matchAll(property)) {
    const [, name = ''] = /#\w+ \w+#(\w+)\}/.exec(comment) ?? [];
    const [nested] = type.match(/\w+/g)?.filter((word) => interfaces.has(word)) ?? [];
    if (nested !== undefined && !ALWAYS.has(name))
      blocks[name] = blockSchema(interfaces.get(nested) ?? '', interfaces);
    if (mark === '') required.push(name);
    else if (nested === undefined || ALWAYS.has(name)) optional.push(name);
  }
  return { required: required.toSorted(), optional: optional.toSorted(), blocks };
}
