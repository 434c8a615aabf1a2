/** The ways to run code that a run may be asked for (`RunOptions.engine`), for who asks without having a machine. */
export { ENGINES, type EngineName } from '../hardware/engines/names';
