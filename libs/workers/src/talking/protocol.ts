/** Why a worker is to stop. In a roll the service as a whole goes on, so the worker does not tell that it stops. */
export type StopReason = 'shutdown' | 'roll';

export interface Question {
  readonly kind: 'question';
  readonly id: number;
  readonly topic: string;
}

export interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  /** Absent where whoever was asked has none. */
  readonly value?: unknown;
}

/** What the parent tells a worker. */
export type ToWorker =
  /** Until then it only gets ready, and holds nothing that others could miss. */
  | { readonly kind: 'serve' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'stop'; readonly reason: StopReason }
  | Question
  | Answer;

/** What a worker tells its parent. */
export type ToParent =
  /** It has done all of its start that it may do before it is told to serve. */
  | { readonly kind: 'prepared' }
  | { readonly kind: 'pong' }
  /** It can not start, and why, for the operator. */
  | { readonly kind: 'failed'; readonly text: string }
  /** Something that nobody asked for: what is to be known of a worker after its end. */
  | { readonly kind: 'told'; readonly topic: string; readonly value: unknown }
  | Question
  | Answer;
