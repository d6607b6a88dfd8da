import { EventEmitter } from 'node:events';

/** What the log emits; metrics listen. */
export class LogEvents extends EventEmitter<{
  /** Lines were dropped because the output takes none and the buffer is full. */
  dropped: [lines: number];
}> {}
