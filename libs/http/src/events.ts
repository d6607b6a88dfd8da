import { EventEmitter } from 'node:events';

/** One request that was answered. */
export interface Answered {
  readonly requestId: string;
  /** The route's template, never the path: it becomes a label, and labels must be bounded. */
  readonly endpoint: string;
  /** What the client asked for, without its query: for logs, never for labels. */
  readonly path: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

interface HttpEventMap {
  answered: [Answered];
  /** A request was refused because this process has too much to do. */
  shed: ['pressure'];
}

/** What the HTTP edge tells; metrics and logs listen. */
export class HttpEvents extends EventEmitter<HttpEventMap> {}
