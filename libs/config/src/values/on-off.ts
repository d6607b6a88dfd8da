import { z } from 'zod';

/** A switch: `on` or `off`. */
export function onOff() {
  return z.enum(['on', 'off']).transform((word) => word === 'on');
}
