import type { ZodType } from 'zod';

/** One environment variable: how its text becomes a value, and what an operator is told about it. */
export interface Variable<T> {
  readonly schema: ZodType<T, string>;
  /** The rule in words, shown when it is broken and in the README's table. */
  readonly rule: string;
  /** The text used when the variable is absent; `null` where there is none and the variable is required. */
  readonly fallback: string | null;
  readonly about: string;
  /** A secret's value is never printed, not even when it is wrong. */
  readonly secret: boolean;
}

type VariableInput<T> = Omit<Variable<T>, 'secret'> & { readonly secret?: boolean };

export function variable<T>(input: VariableInput<T>): Variable<T> {
  return { secret: false, ...input };
}

/** Variables of one slice, by their names in the environment. */
export type Variables = Readonly<Record<string, Variable<unknown>>>;

/** The values that a set of variables yields. */
export type ValuesOf<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};
