/** Who writes, by the name of the key; the key itself goes no further than its check. */
export interface Writer {
  readonly id: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on requests that may write, and on no others. */
    writer?: Writer;
  }
  interface FastifyContextConfig {
    /** The route changes something: it is for writers alone. */
    writeAccess?: true;
  }
}
