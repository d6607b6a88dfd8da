import { type DynamicModule, type FactoryProvider, Module, type Type } from '@nestjs/common';
import { type Config, SLICES } from './config.js';

/** Where a configuration comes from, as for a provider. */
export type ConfigFactory = Pick<FactoryProvider<Partial<Config>>, 'inject' | 'useFactory'> &
  Pick<DynamicModule, 'imports'>;

const WHOLE = Symbol('configuration');

/** Gives every class the slice of the configuration that it asks for by type. */
@Module({})
export class ConfigModule {
  /** @param config all slices, or those that the service has */
  static forRoot(config: Partial<Config>): DynamicModule {
    const providers = Object.entries(config).map(([name, useValue]) => ({
      provide: SLICES[name as keyof Config].token as Type,
      useValue,
    }));
    return { module: ConfigModule, global: true, providers, exports: providers };
  }

  /**
   * The same with a configuration that is made later.
   *
   * @param slices the names of those that `useFactory` returns
   */
  static forRootAsync(config: ConfigFactory, slices: readonly (keyof Config)[]): DynamicModule {
    const { imports = [], inject = [], useFactory } = config;
    const providers = slices.map((name) => ({
      provide: SLICES[name].token as Type,
      inject: [WHOLE],
      useFactory: (whole: Partial<Config>) => whole[name],
    }));
    return {
      module: ConfigModule,
      global: true,
      imports,
      providers: [{ provide: WHOLE, inject, useFactory }, ...providers],
      exports: providers,
    };
  }
}
