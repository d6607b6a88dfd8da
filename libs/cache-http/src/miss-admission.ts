import type { HttpRequest } from '#libs/http';

/** Asked before a request makes the cache look beyond L1. It is never asked about an answer from L1. */
export abstract class MissAdmission {
  /** Whether no miss would be refused at this moment, so that there is no need to ask. */
  abstract get isOpen(): boolean;

  /** @throws whatever ends a request that asks too much */
  abstract admit(request: HttpRequest): Promise<void>;
}

/** Lets everyone in. */
export class OpenMissAdmission extends MissAdmission {
  readonly isOpen = true;

  async admit(): Promise<void> {}
}
