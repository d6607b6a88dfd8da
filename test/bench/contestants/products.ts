/** As many products as every small contestant knows: prod-0 and on. */
export const PRODUCTS = 10_000;

/** A product as the service serialises it: the same bytes from every contestant, or the comparison is none. */
export function productBody(n: number): string {
  return JSON.stringify({
    id: `prod-${n}`,
    name: `Product ${n}`,
    price: (n % 1_000) + 0.99,
    stock: n,
    last_updated: 1_760_000_000.125,
    category: 'bench',
  });
}

export function productBodies(): Map<string, Buffer> {
  return new Map(Array.from({ length: PRODUCTS }, (_, n) => [`prod-${n}`, Buffer.from(productBody(n))]));
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export const port = Number(process.env.PORT);
