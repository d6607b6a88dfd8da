import fc from 'fast-check';
import { OPEN_API, type Schema } from '../documented/documented-routes.ts';

/** Values that a schema of the OpenAPI document allows, of as much of JSON Schema as the document uses. */
export function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  const { $ref, type } = schema;
  if (typeof $ref === 'string') return arbitraryOf(referred($ref));
  if (schema['nullable'] === true || Array.isArray(type)) return eitherOf(schema);
  if (type === 'string') return textOf(schema);
  if (type === 'integer' || type === 'number') return numberOf(schema);
  if (type === 'array') return listOf(schema);
  if (type === 'object') return objectOf(schema);
  throw new Error(`no values are made of the schema ${JSON.stringify(schema)}`);
}

function referred($ref: string): Schema {
  const schema = OPEN_API.components.schemas[$ref.slice('#/components/schemas/'.length)];
  if (schema === undefined) throw new Error(`there is no schema ${$ref}`);
  return schema;
}

function eitherOf(schema: Schema): fc.Arbitrary<unknown> {
  const types = [schema['type']].flat().filter((type) => type !== 'null');
  return fc.oneof(fc.constant(null), ...types.map((type) => arbitraryOf({ ...schema, type })));
}

function textOf({ pattern, minLength = 0, maxLength }: Schema): fc.Arbitrary<string> {
  if (maxLength === undefined) return fc.stringMatching(new RegExp(String(pattern ?? '^[ -~]*$')));
  const max = Number(maxLength);
  const fits = new RegExp(String(pattern ?? ''), 'u');
  return fc
    .oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ minLength: 1, maxLength: max, size: 'max' }),
    )
    .filter((text) => fits.test(text) && [...text].length >= Number(minLength) && [...text].length <= max);
}

function numberOf({ minimum, maximum, multipleOf = 1 }: Schema): fc.Arbitrary<number> {
  const parts = Math.round(1 / Number(multipleOf));
  const [min, max] = [Math.round(Number(minimum) * parts), Math.round(Number(maximum) * parts)];
  const near = fc.integer({ min: Math.max(min, -20), max: Math.min(max, 20 * parts) });
  return fc.oneof({ weight: 2, arbitrary: near }, fc.integer({ min, max })).map((n) => n / parts);
}

function listOf({ items, minItems, maxItems }: Schema): fc.Arbitrary<unknown[]> {
  const bounds = { minLength: Number(minItems ?? 0), maxLength: Math.min(8, Number(maxItems ?? 8)) };
  return fc.array(arbitraryOf(items as Schema), bounds);
}

function objectOf({ properties, required }: Schema): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.entries(properties as Record<string, Schema>).map(([name, value]) => [
    name,
    arbitraryOf(value),
  ]);
  return fc.record(Object.fromEntries(values), { requiredKeys: (required as string[] | undefined) ?? [] });
}
