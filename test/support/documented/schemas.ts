import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { OPEN_API } from './documented-routes.ts';

const DOCUMENT = 'openapi.json';

// In binary 0.07 is no whole number of hundredths; so near to one it is taken for it.
const ajv = new Ajv2020({ strict: false, allErrors: true, multipleOfPrecision: 6 });
formats.default(ajv);
ajv.addSchema(OPEN_API, DOCUMENT, false, false);

const compiled = new Map<string, ValidateFunction>();

/**
 * What is wrong with a value, by the schema at a place of the document; empty where nothing is.
 *
 * @param pointer the names on the way to the schema, from the top
 */
export function faultsOf(value: unknown, pointer: readonly string[]): string[] {
  const path = pointer
    .map((name) => encodeURIComponent(name.replace(/~/g, '~0').replace(/\//g, '~1')))
    .join('/');
  const validate = compiled.get(path) ?? ajv.compile({ $ref: `${DOCUMENT}#/${path}` });
  compiled.set(path, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || 'the whole'} ${message}`,
  );
}
