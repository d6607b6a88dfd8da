import http, { type RefinedResponse } from 'k6/http';
import { requestIds } from './ids.ts';

const nextRequestId = requestIds(Math.random);
const TIMEOUT = '10s';

/** One request, and the id that its answer must carry. */
export interface Exchange {
  readonly requestId: string;
  readonly response: RefinedResponse<'text'>;
}

export interface Question {
  readonly url: string;
  /** The route's template, by which requests are counted: by URL, every product would be a series of its own. */
  readonly route: string;
  /** What thresholds tell requests apart by. */
  readonly kind: string;
  /** The status that is right here, and no failure in k6's own count. */
  readonly status: number;
}

export function ask(question: Question): Exchange {
  const requestId = nextRequestId();
  const response = http.get(question.url, {
    headers: { 'X-Request-ID': requestId },
    tags: { name: question.route, kind: question.kind },
    responseCallback: http.expectedStatuses(question.status),
    responseType: 'text',
    // What takes longer is not waited for: the service answers within 2 s or refuses.
    timeout: TIMEOUT,
    redirects: 0,
  });
  return { requestId, response };
}
