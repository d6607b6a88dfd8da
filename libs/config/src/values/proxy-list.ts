import { isIP } from 'node:net';
import { z } from 'zod';

/**
 * Addresses and CIDR ranges with commas between, or none. A range of everything is refused: whoever connects could
 * then claim to be anyone.
 */
export function proxyList() {
  return z.string().transform((text, context): readonly string[] => {
    const proxies = text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
    if (proxies.every(isAddressOrRange)) return proxies;
    context.issues.push({ code: 'custom', message: 'not such addresses', input: text });
    return z.NEVER;
  });
}

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (family === 4 ? 32 : 128);
}
