import { z } from 'zod';
import { type ValuesOf, variable } from '../variables.js';

export const writeVariables = {
  WRITE_REQUIRE_IF_MATCH: variable({
    schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
    rule: 'one of true, false',
    fallback: 'false',
    about: 'Whether `PUT`, `PATCH` and `DELETE` without `If-Match` are refused (428).',
  }),
};

/** Requirements for writes to the catalogue. */
export abstract class WriteConfig {
  abstract readonly requireIfMatch: boolean;
}

export function writeConfig(values: ValuesOf<typeof writeVariables>): WriteConfig {
  return { requireIfMatch: values.WRITE_REQUIRE_IF_MATCH };
}
