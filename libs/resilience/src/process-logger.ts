import { AsyncResource } from 'node:async_hooks';
import { Logger } from '@nestjs/common';

/** Made when the process starts, so that it belongs to no request. */
const outside = new AsyncResource('ProcessLogger');

/**
 * A logger for lines about the process, not a request. The loss of a dependency is detected in the middle of some request,
 * or in a timer that a request has set; its line must not carry that request's id.
 */
export class ProcessLogger extends Logger {
  override debug(message: unknown, ...more: unknown[]): void {
    outside.runInAsyncScope(() => super.debug(message, ...more));
  }

  override log(message: unknown, ...more: unknown[]): void {
    outside.runInAsyncScope(() => super.log(message, ...more));
  }

  override warn(message: unknown, ...more: unknown[]): void {
    outside.runInAsyncScope(() => super.warn(message, ...more));
  }

  override error(message: unknown, ...more: unknown[]): void {
    outside.runInAsyncScope(() => super.error(message, ...more));
  }
}
