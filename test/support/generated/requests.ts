import fc from 'fast-check';
import { METHODS, OPEN_API, type Operation, type Parameter } from '../documented/documented-routes.ts';
import { arbitraryOf } from './arbitrary-of.ts';

/** Where a request is about a product: one of those that a lane knows, by its number, or anything. */
export type Id =
  | { readonly kind: 'known'; readonly number: number }
  | { readonly kind: 'any'; readonly text: string };

export interface GeneratedRequest {
  readonly template: string;
  readonly method: (typeof METHODS)[number];
  readonly id: Id;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for none. */
  readonly body: { readonly json: unknown } | { readonly text: string } | undefined;
  readonly key: 'right' | 'wrong' | 'none';
  /** Whether a body that names an id names the address's own, where it has one. */
  readonly ownId: boolean;
}

/** In the place of an entity tag: the one that the product has when the request is sent. */
export const CURRENT_TAG = '"current"';

const visible = fc.stringMatching(/^[!-~](?:[ -~]*[!-~])?$/);

const id: fc.Arbitrary<Id> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('known' as const), number: fc.nat(5) }) },
  fc.record({
    kind: fc.constant('any' as const),
    // The client itself takes these two out of an address.
    text: fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text !== '.' && text !== '..'),
  }),
);

/** Headers that the schemas can not tell of in full. */
const MEANT: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'If-Match': fc.constantFrom(CURRENT_TAG, CURRENT_TAG, '*', '"other"', `W/${CURRENT_TAG}`),
  'If-None-Match': fc.constantFrom(CURRENT_TAG, '*', '"other"'),
  'Cache-Control': fc.constantFrom('no-cache', 'max-age=0'),
  'Idempotency-Key': fc.constantFrom('a', 'b', '"a"', '"\\"c\\""'),
};

const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, arbitrary);

function headerOf({ name, schema }: Parameter): fc.Arbitrary<string | undefined> {
  const documented = arbitraryOf(schema)
    .map(String)
    .filter((text) => text !== '' && text.trim() === text);
  return sometimes(fc.oneof({ weight: 3, arbitrary: MEANT[name] ?? documented }, documented, visible));
}

function headersOf({ parameters = [] }: Operation): fc.Arbitrary<Record<string, string>> {
  const own = parameters.filter((parameter) => parameter.in === 'header');
  const all = [...own, ...Object.values(OPEN_API.components.parameters)];
  return fc
    .record(Object.fromEntries(all.map((parameter) => [parameter.name, headerOf(parameter)])))
    .map((headers) =>
      Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    ) as fc.Arbitrary<Record<string, string>>;
}

function queryOf({ parameters = [] }: Operation): fc.Arbitrary<[string, string][]> {
  const own = parameters.filter((parameter) => parameter.in === 'query');
  const each = own.map(({ name, schema }) =>
    sometimes(fc.oneof({ weight: 4, arbitrary: arbitraryOf(schema).map(String) }, visible)).map(
      (value): [string, string][] => (value === undefined ? [] : [[name, value]]),
    ),
  );
  return fc.tuple(...each).map((given) => given.flat());
}

function bodyOf(method: string, { requestBody }: Operation): fc.Arbitrary<GeneratedRequest['body']> {
  // The client sends none with these.
  if (method === 'get') return fc.constant(undefined);
  const text = fc
    .oneof(fc.json(), fc.string(), fc.constantFrom('', '{', '{"__proto__":{}}', 'null'))
    .map((it) => ({ text: it }));
  const [content] = Object.values(requestBody?.content ?? {});
  if (content === undefined) return sometimes(text);
  const valid = arbitraryOf(content.schema) as fc.Arbitrary<Record<string, unknown>>;
  return fc.oneof(
    { weight: 12, arbitrary: valid.map((json) => ({ json })) },
    { weight: 4, arbitrary: mutated(valid).map((json) => ({ json })) },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** What is next to a bound, or looks like something that it is not. */
const NEAR_MISSES = [
  ...[
    -1, 0, -0.01, 0.001, 1.005, 1.5, 49.999, 9_999_999.991, 10_000_000, 2_147_483_648, -2_147_483_649, 1e300,
  ],
  ...['', ' ', '\n', 'a\u0000b', 'x'.repeat(201), 'x'.repeat(65), '-x', '12', null, true, [], {}],
];

/** An object with one member taken away, put in or replaced. */
function mutated(valid: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const other = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...NEAR_MISSES) }, fc.jsonValue());
  const kind = fc.constantFrom('taken', 'extra', 'replaced', 'replaced', 'replaced');
  return fc.tuple(valid, fc.nat(), other, kind).map(([value, n, given, how]) => {
    const names = Object.keys(value);
    const name = how === 'extra' ? 'last_updated' : (names[n % Math.max(1, names.length)] ?? 'colour');
    const { [name]: _taken, ...rest } = value;
    return how === 'taken' ? rest : { ...rest, [name]: given };
  });
}

/** Any request that the document tells of, and many that it forbids. */
export function generatedRequests(): fc.Arbitrary<GeneratedRequest> {
  const operations = Object.entries(OPEN_API.paths).flatMap(([template, path]) =>
    METHODS.flatMap((method) =>
      path[method] === undefined ? [] : [{ template, method, operation: path[method] }],
    ),
  );
  return fc.oneof(
    ...operations.map(({ template, method, operation }) => ({
      weight: template.startsWith('/products') ? 6 : 1,
      arbitrary: fc.record({
        template: fc.constant(template),
        method: fc.constant(method),
        id,
        query: queryOf(operation),
        headers: headersOf(operation),
        body: bodyOf(method, operation),
        key: fc.oneof(
          { weight: 20, arbitrary: fc.constant('right' as const) },
          fc.constantFrom('wrong' as const, 'none' as const),
        ),
        ownId: fc.boolean(),
      }),
    })),
  );
}
