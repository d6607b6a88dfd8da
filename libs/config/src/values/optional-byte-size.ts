import { z } from 'zod';
import { byteSize } from './byte-size.js';

/** An amount of memory as {@link byteSize} reads it, or null for an empty text. */
export function optionalByteSize(min: number) {
  return z.union([z.literal('').transform(() => null), byteSize(min)]);
}
