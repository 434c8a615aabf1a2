export { ROWS, MAPS, type Entry, type Format } from './format';
export { mnemonicOf, operandsOf, type Row, type Traits } from './row';
export { CONDITION_FLAGS, CONDITION_NAMES } from './meaning';
export type { Meaning, Statement, Value, FunctionName, Name } from './meaning';
