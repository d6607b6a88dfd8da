export { PendingConnections } from './cluster-connections.js';
export { tuneHeap } from './heap.js';
export {
  answerHalfClosed,
  answerUnderWay,
  COMPOSED_HEAD,
  type Composed,
  stopListening,
} from './http-server.js';
export { cutOff, poolOfSource } from './postgres.js';
