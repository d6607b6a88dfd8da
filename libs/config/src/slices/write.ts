import { z } from 'zod';
import { type ValuesOf, variable } from '../variable.js';

export const writeVariables = {
  WRITE_REQUIRE_IF_MATCH: variable({
    schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
    rule: 'one of true, false',
    fallback: 'false',
    about: 'Whether `PUT`, `PATCH` and `DELETE` are refused (428) without `If-Match`.',
  }),
};

/** What is asked of those who change the catalogue. */
export abstract class WriteConfig {
  abstract readonly requireIfMatch: boolean;
}

export function writeConfig(values: ValuesOf<typeof writeVariables>): WriteConfig {
  return { requireIfMatch: values.WRITE_REQUIRE_IF_MATCH };
}
