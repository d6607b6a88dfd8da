import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { OPEN_API, type Schema } from './documented-routes.ts';

const DOCUMENT = 'openapi.json';

const ajv = new Ajv2020({ strict: false, allErrors: true });
// In binary 0.07 is no whole number of hundredths, and the library's tolerance takes too much for one.
ajv.removeKeyword('multipleOf');
ajv.addKeyword({
  keyword: 'multipleOf',
  type: 'number',
  validate: (unit: number, value: number) => {
    const parts = Math.round(1 / unit);
    return Math.round(value * parts) / parts === value;
  },
});
formats.default(ajv);
ajv.addSchema(OPEN_API, DOCUMENT, false, false);

const compiled = new WeakMap<Schema, ValidateFunction>();

/** What is wrong with a value by a schema of the document; empty where nothing is. */
export function faultsOf(value: unknown, schema: Schema): string[] {
  const validate = compiled.get(schema) ?? ajv.compile(absolute(schema));
  compiled.set(schema, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || 'the whole'} ${message}`,
  );
}

/** Taken out of its document, a schema has to say of what its references are. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"${DOCUMENT}#/`));
}
