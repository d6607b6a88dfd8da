import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AccessConfig } from '#libs/config';
import { perMinute, type Take } from './per-minute.js';

/** Limits how often each client makes the service look beyond its memory; who is answered from there is not counted. */
@Injectable()
export class MissLimit implements OnModuleInit {
  private take: Take | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: AccessConfig,
  ) {}

  get isSet(): boolean {
    return this.config.missesPerMinute > 0;
  }

  onModuleInit(): void {
    if (!this.isSet) return;
    const fastify: FastifyInstance = this.adapterHost.httpAdapter.getInstance();
    this.take = perMinute(fastify, this.config.missesPerMinute);
  }

  /** @throws ProblemError `RATE_LIMITED` */
  async admit(request: FastifyRequest): Promise<void> {
    await this.take?.(request);
  }
}
