import { z } from 'zod';

/** A URL whose scheme is one of `schemes`, with a host. */
export function serverUrl(...schemes: readonly string[]) {
  return z.string().refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
  });
}
