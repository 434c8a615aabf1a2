export * from './catalogue';
export * from './checks/final';
export * from './checks/table';
export * from './names';
export * from './recorder';
export * from './words';
export type { CheckRow, ValueFormat } from './checks/row';
