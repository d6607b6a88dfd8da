export {
  annotate,
  carried,
  markFailed,
  rootSpanned,
  SharedSpans,
  type Span,
  type SpanStart,
  spanned,
} from './spans.js';
