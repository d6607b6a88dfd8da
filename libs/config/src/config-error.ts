/** One variable whose text breaks its rule. */
export interface BrokenVariable {
  readonly name: string;
  readonly message: string;
}

/** The environment does not describe a service that can start. The message has a line for every broken variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';

  constructor(readonly broken: readonly BrokenVariable[]) {
    super(broken.map(({ message }) => message).join('\n'));
  }
}
