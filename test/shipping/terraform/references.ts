import { type Body, type Configuration, textsIn } from './configuration.ts';
import { attributeOf, type Schema } from './schema.ts';

/** Calls that module blocks make, by the folder that they lead to. */
export type Modules = ReadonlyMap<string, Configuration>;

/** What expressions refer to and is declared nowhere. */
export function referenceFaults(
  configuration: Configuration,
  called: (body: Body) => Configuration | undefined,
  schema: Schema,
): string[] {
  const faults = new Set<string>();
  const text = textsIn(configuration.whole).join('\n');
  for (const [whole, kind, name] of text.matchAll(/\b(?<!\.)(var|local)\.(\w+)/g)) {
    const declared = kind === 'var' ? configuration.variables : configuration.locals;
    if (!declared.has(name ?? '')) faults.add(`${whole} is declared nowhere`);
  }
  for (const [whole, name, output] of text.matchAll(/\bmodule\.(\w+)\.(\w+)/g)) {
    const body = configuration.calls.get(name ?? '');
    if (body === undefined) faults.add(`module.${name} is declared nowhere`);
    else if (called(body)?.outputs.has(output ?? '') === false) faults.add(`${whole} is no output of it`);
  }
  const attributes = /(?<![.\w])(data\.)?((?:aws|random)_\w+)\.(\w+)(?:\[[^\]]*\])?(?:\.([a-z_]\w*))?/g;
  for (const [, data = '', type = '', name, attribute] of text.matchAll(attributes)) {
    const declared = data === '' ? configuration.resources : configuration.data;
    if (!declared.has(`${type}.${name}`)) faults.add(`${data}${type}.${name} is declared nowhere`);
    else if (attribute !== undefined && !attributeOf(schema, data !== '', type, attribute))
      faults.add(`${data}${type}.${name}.${attribute} is no attribute of the type`);
  }
  return [...faults, ...loopFaults(configuration)];
}

/** `each` and `count` where nothing is repeated. */
function loopFaults({ resources, data, calls }: Configuration): string[] {
  return [...resources, ...data, ...calls].flatMap(([name, body]) => {
    const text = textsIn(body).join('\n');
    return [
      ...(/\beach\.(?:key|value)\b/.test(text) && body['for_each'] === undefined
        ? [`${name} uses each without for_each`]
        : []),
      ...(/\bcount\.index\b/.test(text) && body['count'] === undefined
        ? [`${name} uses count.index without count`]
        : []),
    ];
  });
}

/** What is declared and never referred to. */
export function unusedFaults(configuration: Configuration): string[] {
  const { variables, locals, data, whole } = configuration;
  const outside = whole.map((file) => ({ ...(file as Body), variable: undefined }));
  const text = textsIn(outside).join('\n');
  const isUsed = (reference: string) => new RegExp(`\\b${reference.replace('.', '\\.')}\\b`).test(text);
  return [
    ...[...variables.keys()].map((name) => `var.${name}`),
    ...[...locals.keys()].map((name) => `local.${name}`),
    ...[...data.keys()].map((name) => `data.${name}`),
  ]
    .filter((reference) => !isUsed(reference))
    .map((reference) => `${reference} is used nowhere`);
}
