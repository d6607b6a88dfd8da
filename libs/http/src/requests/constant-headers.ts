/**
 * Headers that every answer carries, on every path, directly after its request id. They are lower-case and in
 * the order in which they are sent.
 */
export class ConstantHeaders {
  constructor(readonly list: readonly (readonly [name: string, value: string])[] = []) {}
}
