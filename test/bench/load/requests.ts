import { keyStream } from './keys.ts';
import type { LoadPlan } from './plan.ts';
import { mulberry } from './random.ts';

/** @returns makes the bytes of the next request: a read of a product, or by their shares another path or a change of a stock */
export function requestStream({ keys, seed, writes, others = [] }: LoadPlan): () => string {
  const nextKey = keyStream(keys, seed);
  const random = mulberry(seed + 1);
  return () => {
    const path = `/products/prod-${nextKey()}`;
    if (writes !== undefined && random() < writes.share) return stockChange(path, writes.apiKey);
    return get(otherThan(path));
  };

  function otherThan(product: string): string {
    let left = others.length > 0 ? random() : 1;
    for (const { path, share } of others) {
      if (left < share) return path;
      left -= share;
    }
    return product;
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`;

function stockChange(path: string, apiKey: string): string {
  const body = '{"delta":1}';
  return (
    `POST ${path}/stock HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${apiKey}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}
