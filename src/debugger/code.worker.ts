/** Decoder and assembler in a worker of their own. */
import * as Comlink from 'comlink';
import { localCode } from './local-code';

Comlink.expose(localCode());
