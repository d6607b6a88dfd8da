import { Module } from '@nestjs/common';
import { HotshelfModule } from '#libs/service';
import { ArticlesController, articles } from './articles.js';

@Module({
  imports: [HotshelfModule.forRoot(), HotshelfModule.forFeature([articles])],
  controllers: [ArticlesController],
})
export class AppModule {}
