import { keyStream } from './keys.ts';
import type { LoadPlan } from './plan.ts';
import { mulberry } from './random.ts';

/** @returns makes the bytes of the next request: a read, or by its share a change of a product's stock */
export function requestStream({ keys, seed, writes }: LoadPlan): () => string {
  const nextKey = keyStream(keys, seed);
  const random = mulberry(seed + 1);
  return () => {
    const path = `/products/prod-${nextKey()}`;
    if (writes !== undefined && random() < writes.share) return stockChange(path, writes.apiKey);
    return `GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`;
  };
}

function stockChange(path: string, apiKey: string): string {
  const body = '{"delta":1}';
  return (
    `POST ${path}/stock HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${apiKey}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}
