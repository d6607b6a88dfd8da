import { type DynamicModule, Module, type OnModuleInit, type Type } from '@nestjs/common';
import { L1Gauge } from '#libs/cache';
import { HttpModule } from '#libs/http';
import { MissAdmission, OpenMissAdmission, OriginRequests } from './admission.js';
import { DirectCalls } from './cached-resource.js';
import { CachingInterceptor } from './caching.interceptor.js';
import { CollectionInterceptor } from './collection/collection.interceptor.js';
import { CollectionReader } from './collection/collection-reader.js';
import { EarlyAnswers, HotHeaders, ReadyHeads } from './hot/hot-answer.js';
import { HotPath, HotRoutes } from './hot/hot-path.js';
import { WarmPath } from './hot/warm-path.js';
import { CodedBodies, Representations } from './representations.js';
import { EntryHeaders, Responder } from './responder.js';

const early = [HotRoutes, DirectCalls, HotHeaders, ReadyHeads, EarlyAnswers, WarmPath, HotPath];
const one = [CachingInterceptor];
const many = [CollectionReader, CollectionInterceptor];
const answering = [EntryHeaders, Responder, Representations, OriginRequests, ...early, ...one, ...many];

/** The class that admits or refuses misses, and the modules that provide it. */
export interface AdmissionOptions {
  readonly by: Type<MissAdmission>;
  readonly imports: NonNullable<DynamicModule['imports']>;
}

/** Answers HTTP requests from the cache: decorators for routes, and the fast path ahead of the router. Needs CacheModule. */
@Module({})
export class CacheHttpModule implements OnModuleInit {
  constructor(
    private readonly gauge: L1Gauge,
    private readonly coded: CodedBodies,
  ) {}

  /**
   * Global: a decorator on a controller of any module needs the interceptor.
   *
   * @param admission default: every request may miss
   */
  static forRoot(admission?: AdmissionOptions): DynamicModule {
    const missAdmission =
      admission === undefined
        ? { provide: MissAdmission, useClass: OpenMissAdmission }
        : { provide: MissAdmission, useExisting: admission.by };
    return {
      module: CacheHttpModule,
      global: true,
      imports: [HttpModule, ...(admission?.imports ?? [])],
      providers: [missAdmission, CodedBodies, ...answering],
      exports: [MissAdmission, ...answering],
    };
  }

  onModuleInit(): void {
    this.gauge.include(() => this.coded.bytes);
  }
}
