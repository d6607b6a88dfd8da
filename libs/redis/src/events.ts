/** How a command ended; `failed`: an error or a timeout. */
export type CommandOutcome = 'answered' | 'failed';

/** @param seconds from the call to its outcome, waiting in the pipeline included */
export type CommandListener = (outcome: CommandOutcome, seconds: number) => void;

/** What the way to Redis emits; metrics listen. Plain lists: a hit in L2 costs too little for an emitter. */
export class RedisEvents {
  readonly onCommand: CommandListener[] = [];
}
