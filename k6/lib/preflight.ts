import exec from 'k6/execution';
import http from 'k6/http';
import { healthFaults, productFaults } from './answers.ts';
import { productId } from './ids.ts';
import { ask } from './requests.ts';
import type { Settings } from './settings.ts';

/** k6's; the type packages do not have it. */
declare const console: { warn(text: string): void };

type Target = Pick<Settings, 'baseUrl' | 'products'>;

/** An answer as the judgement needs it; status 0: there was none. */
export interface Look {
  readonly status: number;
  readonly body: string | null;
  /** Why there is no answer, in k6's words. */
  readonly error: string;
}

export type Verdict =
  | { readonly kind: 'ready' }
  /** The service is there but cannot answer: the run shows what clients get. */
  | { readonly kind: 'faulty'; readonly warning: string }
  | { readonly kind: 'abort'; readonly reason: string };

/** Products that are read before a run: all of a catalogue that fits, else those most often asked for. */
const WARMED = 10_000;
const BATCH = 100;
/** A service that cannot answer is not waited for. */
const WARM_LIMIT_MS = 45_000;

/**
 * What a run would measure: a run against nothing, another server or a smaller catalogue gives figures too.
 *
 * @param look asks for a path of the target
 */
export function judgeTarget({ baseUrl, products }: Target, look: (path: string) => Look): Verdict {
  const abort = (reason: string): Verdict => ({ kind: 'abort', reason });
  const health = look('/health');
  if (health.status === 0) {
    return abort(`Target down: ${baseUrl} does not answer (${health.error}). Start it, or set BASE_URL.`);
  }
  if (healthFaults(health.body).length > 0) {
    return abort(
      `Another server: ${baseUrl}/health answers ${health.status} without a health document. Set BASE_URL.`,
    );
  }
  const last = productId(products - 1);
  const found = look(`/products/${last}`);
  if (found.status === 200 && productFaults(found.body, last).length === 0) return { kind: 'ready' };
  if (found.status !== 404) {
    return {
      kind: 'faulty',
      warning: `${baseUrl}/products/${last} answers ${found.status}: the service cannot read it now.`,
    };
  }
  const first = productId(0);
  if (look(`/products/${first}`).status === 404) {
    return abort(
      `Catalogue empty: ${baseUrl} has no ${first}. Seed it: npm run seed -- --products ${products}`,
    );
  }
  return abort(
    `Catalogue too small: ${baseUrl} has no ${last}, but PRODUCTS is ${products}. Lower it, or npm run seed -- --products ${products}`,
  );
}

export interface Preparation {
  /** Products to read first, hottest first; default: the first 10,000. 0 leaves the service as it is. */
  readonly warm?: number;
  /** Whether the scenario writes. */
  readonly writes?: boolean;
}

/** A scenario's setup(): aborts a run that would measure something else, then warms the service. */
export function prepare(settings: Settings, { warm = WARMED, writes = false }: Preparation = {}): void {
  if (writes && settings.apiKey === undefined) {
    exec.test.abort(
      'API_KEY is not set: this scenario writes. `npm start` shows a key, `npm run key` makes one.',
    );
    return;
  }
  const verdict = judgeTarget(settings, (path) => {
    const url = settings.baseUrl + path;
    const { response } = ask({ method: 'GET', url, route: 'setup', kind: 'setup', statuses: [200] });
    return { status: response.status, body: response.body, error: response.error };
  });
  if (verdict.kind === 'abort') exec.test.abort(verdict.reason);
  else if (verdict.kind === 'faulty') console.warn(verdict.warning);
  else read(settings, Math.min(warm, settings.products));
}

/** Reads products, in batches, so that neither cold caches nor cold code are measured. */
function read({ baseUrl }: Settings, products: number): void {
  const startedAt = Date.now();
  const params = {
    tags: { name: 'setup', kind: 'setup' },
    responseType: 'none' as const,
    responseCallback: http.expectedStatuses({ min: 100, max: 599 }),
  };
  for (let n = 0; n < products; n += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, products - n) }, (_, k) => productId(n + k));
    http.batch(ids.map((id) => ({ method: 'GET', url: `${baseUrl}/products/${id}`, params })));
    if (Date.now() - startedAt < WARM_LIMIT_MS) continue;
    console.warn(`Warming ended after ${n + BATCH} of ${products} products: the service is slow.`);
    return;
  }
}
