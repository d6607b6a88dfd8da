import type { Body } from './configuration.ts';

/** The arguments of a block: required, optional, and nested blocks. */
export interface BlockSchema {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly blocks: Readonly<Record<string, BlockSchema>>;
}

export interface TypeSchema extends BlockSchema {
  /** What expressions may read of it, beside its arguments. In camel case, as the provider's bindings name them. */
  readonly attributes: readonly string[];
}

/** Of the resources and the data sources that the configuration uses. */
export interface Schema {
  readonly versions: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, TypeSchema>>;
  readonly data: Readonly<Record<string, TypeSchema>>;
}

/** Arguments that every resource has. */
const META = new Set(['for_each', 'count', 'depends_on', 'lifecycle', 'provider', 'dynamic']);

export const camelCase = (name: string) =>
  name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

export function attributeOf(schema: Schema, isData: boolean, type: string, attribute: string): boolean {
  const known = (isData ? schema.data : schema.resource)[type];
  // A type that the schema lacks is reported once, by argumentFaults.
  if (known === undefined) return true;
  return (
    known.attributes.includes(camelCase(attribute)) ||
    known.required.includes(attribute) ||
    known.optional.includes(attribute) ||
    attribute in known.blocks
  );
}

/** Arguments that a block does not have, and required ones that are missing. */
export function argumentFaults(name: string, body: Body, schema: BlockSchema | undefined): string[] {
  if (schema === undefined)
    return [`${name}: its type is not in provider-schema.json: run npm run check:terraform -- --update`];
  const dynamic = Object.entries((body['dynamic'] ?? {}) as Readonly<Record<string, readonly Body[]>>).map(
    ([block, bodies]) =>
      [block, bodies.flatMap(({ content }) => (content ?? []) as readonly Body[])] as const,
  );
  const given = new Set([...Object.keys(body), ...dynamic.map(([block]) => block)]);
  const known = new Set([...schema.required, ...schema.optional, ...Object.keys(schema.blocks), ...META]);
  const nested = Object.entries(schema.blocks).flatMap(([block, inner]) => {
    const bodies = [body[block] ?? [], dynamic.find(([given]) => given === block)?.[1] ?? []].flat();
    return bodies
      .filter((value) => typeof value === 'object' && value !== null)
      .flatMap((value) => argumentFaults(`${name}.${block}`, value as Body, inner));
  });
  return [
    ...[...given]
      .filter((argument) => !known.has(argument))
      .map((argument) => `${name} has no argument ${argument}`),
    ...schema.required
      .filter((argument) => !given.has(argument))
      .map((argument) => `${name} lacks ${argument}`),
    ...nested,
  ];
}
