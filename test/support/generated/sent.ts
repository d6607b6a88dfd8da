import type { ProductRow } from './product-rows.ts';
import type { GeneratedRequest } from './requests.ts';

/** What was really sent, and what came. */
export interface Sent {
  readonly request: GeneratedRequest;
  /** The id of the product that it is about; null where it is about none. */
  readonly id: string | null;
  readonly json: unknown;
  readonly status: number;
  readonly headers: Headers;
  readonly answer: Record<string, unknown> | null;
  readonly before: ProductRow | undefined;
  readonly after: ProductRow | undefined;
}
