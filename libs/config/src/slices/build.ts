import { z } from 'zod';
import { type ValuesOf, variable } from '../variables.js';

const NAME = /^[\w.+-]{1,128}$/;
const RULE = '1 to 128 letters, digits, dots, underscores, plus signs or hyphens, or empty';

export const buildVariables = {
  BUILD_VERSION: variable({
    schema: z.literal('').or(z.string().regex(NAME)),
    rule: RULE,
    fallback: '',
    about:
      'Version of the running build, in `hotshelf_build_info` and in traces. The image sets it. Empty: unknown.',
  }),
  BUILD_COMMIT: variable({
    schema: z.literal('').or(z.string().regex(NAME)),
    rule: RULE,
    fallback: '',
    about:
      'Commit that the running build was made from, in `hotshelf_build_info`. The image sets it. Empty: unknown.',
  }),
};

/** Which build runs. */
export abstract class BuildConfig {
  /** Empty if it is not known. */
  abstract readonly version: string;
  abstract readonly commit: string;
}

export function buildConfig(values: ValuesOf<typeof buildVariables>): BuildConfig {
  return { version: values.BUILD_VERSION, commit: values.BUILD_COMMIT };
}
