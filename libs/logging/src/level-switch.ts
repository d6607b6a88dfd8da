import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import { LogConfig } from '#libs/config';

/** Free in Node and in the service: SIGUSR1 starts the debugger, SIGHUP rolls the workers. */
export const LEVEL_SIGNAL = 'SIGUSR2';

/**
 * Switches a logger between its configured level and `debug` at each SIGUSR2, while the process runs.
 *
 * @returns ends it
 */
export function switchLevelOnSignal(configured: string, logger: Logger): () => void {
  const change = () => {
    logger.level = logger.level === 'debug' ? configured : 'debug';
    // At a level that is always written, short of silence.
    logger.warn({ logLevel: logger.level }, `the log level is ${logger.level}`);
  };
  process.on(LEVEL_SIGNAL, change);
  return () => process.off(LEVEL_SIGNAL, change);
}

/** The same for the log of the modules. */
@Injectable()
export class LevelSwitch implements OnModuleInit, OnApplicationShutdown {
  private end: () => void = () => undefined;

  constructor(private readonly config: LogConfig) {}

  onModuleInit(): void {
    this.end = switchLevelOnSignal(this.config.level, PinoLogger.root);
  }

  onApplicationShutdown(): void {
    this.end();
  }
}
