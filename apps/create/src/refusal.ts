/** Why nothing is written, in words for the user. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
