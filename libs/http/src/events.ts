/** The answers to one method on one route: what is looked up once, and not again at every answer. */
export class AnsweredRoute {
  constructor(
    /** The route's template, never the path: it becomes a label, and labels must be bounded. */
    readonly endpoint: string,
    readonly method: string,
  ) {}
}

/**
 * Told of every answer. Plain arguments instead of an object or an event's list of them: a hit costs too little for
 * anything to be made of it.
 *
 * @param seconds from the request's arrival to the end of its answer
 * @param url what the client asked for, query and all: for logs, never for labels
 * @param traceId the trace that the request is part of; null for none, or where what is logged for the request is bound to it already
 */
export type AnswerListener = (
  route: AnsweredRoute,
  status: number,
  seconds: number,
  requestId: string,
  url: string,
  traceId: string | null,
) => void;

/** Why a request, or what a client had sent ahead, was refused that could have been answered at a calmer time. */
export type ShedReason = 'pressure' | 'pipelining';

/** What the HTTP edge tells; metrics and logs listen. */
export class HttpEvents {
  private readonly routes = new Map<string, Map<string, AnsweredRoute>>();
  private readonly listeners: AnswerListener[] = [];
  private readonly shedListeners: ((reason: ShedReason) => void)[] = [];

  /** The one object that stands for a route and a method. */
  route(endpoint: string, method: string): AnsweredRoute {
    const methods = this.routes.get(endpoint) ?? new Map<string, AnsweredRoute>();
    const route = methods.get(method) ?? new AnsweredRoute(endpoint, method);
    this.routes.set(endpoint, methods.set(method, route));
    return route;
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
  ): void {
    for (const listener of this.listeners) listener(route, status, seconds, requestId, url, traceId);
  }

  onShed(listener: (reason: ShedReason) => void): void {
    this.shedListeners.push(listener);
  }

  /** A request was refused because this process has too much to do. */
  shed(reason: ShedReason): void {
    for (const listener of this.shedListeners) listener(reason);
  }
}
