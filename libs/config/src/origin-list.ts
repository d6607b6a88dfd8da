import { z } from 'zod';

/** Origins of pages, each as browsers send it; or every origin. */
export type Origins = readonly string[] | '*';

/**
 * Origins with commas between (`https://shop.example`, RFC 6454 §6.2), `*` alone, or none. An origin that no browser
 * sends, such as one with a slash at its end or with its default port, would match nothing and is refused.
 */
export function originList() {
  return z.string().transform((text, context): Origins => {
    if (text.trim() === '*') return '*';
    const origins = text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
    if (origins.every(isOrigin)) return origins;
    context.issues.push({ code: 'custom', message: 'not such origins', input: text });
    return z.NEVER;
  });
}

function isOrigin(text: string): boolean {
  // URL takes an asterisk for a letter of a name.
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
