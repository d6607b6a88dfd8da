/** One method on one route: looked up once, not at every answer. */
export class AnsweredRoute {
  constructor(
    /** The route's template, never the path: it becomes a label, and labels must be bounded. */
    readonly endpoint: string,
    readonly method: string,
  ) {}
}

/**
 * Called for every answer. Plain arguments instead of an object or an emitter's list: a hit costs too little to allocate one.
 *
 * @param seconds from the request's arrival to the end of its answer
 * @param url the requested address with its query: for logs, never for labels
 * @param traceId the trace that the request is part of; null for none, or if the log context of the request already has it
 * @param code of the problem document; null for none
 * @param cacheStatus the answer's `Cache-Status`; null for none
 */
export type AnswerListener = (
  route: AnsweredRoute,
  status: number,
  seconds: number,
  requestId: string,
  url: string,
  traceId: string | null,
  code: string | null,
  cacheStatus: string | null,
) => void;

/** Why a request, or a pipeline, was shed. */
export type ShedReason = 'pressure' | 'pipelining';

/** Events of the HTTP edge; metrics and logs listen. */
export class HttpEvents {
  private readonly routes = new Map<string, Map<string, AnsweredRoute>>();
  private readonly listeners: AnswerListener[] = [];
  private readonly endpointListeners: ((endpoint: string) => void)[] = [];
  private readonly shedListeners: ((reason: ShedReason) => void)[] = [];
  private readonly drainListeners: (() => void)[] = [];

  /** The one object for a route and a method. */
  route(endpoint: string, method: string): AnsweredRoute {
    const methods = this.routes.get(endpoint) ?? new Map<string, AnsweredRoute>();
    const route = methods.get(method) ?? new AnsweredRoute(endpoint, method);
    this.routes.set(endpoint, methods.set(method, route));
    return route;
  }

  /** @param listener notified of every possible endpoint, before the first request */
  onEndpoint(listener: (endpoint: string) => void): void {
    this.endpointListeners.push(listener);
  }

  endpoint(endpoint: string): void {
    for (const listener of this.endpointListeners) listener(endpoint);
  }

  onAnswered(listener: AnswerListener): void {
    this.listeners.push(listener);
  }

  answered(
    route: AnsweredRoute,
    status: number,
    seconds: number,
    requestId: string,
    url: string,
    traceId: string | null,
    code: string | null,
    cacheStatus: string | null,
  ): void {
    for (const listener of this.listeners)
      listener(route, status, seconds, requestId, url, traceId, code, cacheStatus);
  }

  onShed(listener: (reason: ShedReason) => void): void {
    this.shedListeners.push(listener);
  }

  /** A request was refused because this process has too much to do. */
  shed(reason: ShedReason): void {
    for (const listener of this.shedListeners) listener(reason);
  }

  /** @param listener notified when the process stops and waits for its answers: one that never ends must end now */
  onDrain(listener: () => void): void {
    this.drainListeners.push(listener);
  }

  drain(): void {
    for (const listener of this.drainListeners) listener();
  }
}
