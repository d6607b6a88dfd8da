import { z } from 'zod';
import { serverUrl } from './server-url.js';

/** Where Redis is: one server, a cluster known by some of its nodes, or nowhere on purpose. */
export type RedisServer =
  | { readonly kind: 'single'; readonly url: string }
  | { readonly kind: 'cluster'; readonly urls: readonly string[] }
  | { readonly kind: 'absent' };

const url = serverUrl('redis', 'rediss');

/** One URL, several with commas between, or none. */
export function redisServer() {
  return z.string().transform((text, context): RedisServer => {
    const urls = text.split(',').filter((part) => part !== '');
    if (urls.some((each) => !url.safeParse(each).success)) {
      context.issues.push({ code: 'custom', message: 'not such a URL', input: text });
      return z.NEVER;
    }
    const [first] = urls;
    if (first === undefined) return { kind: 'absent' };
    return urls.length === 1 ? { kind: 'single', url: first } : { kind: 'cluster', urls };
  });
}
