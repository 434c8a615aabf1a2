export * from './bits';
export * from './assert';
export * from './first-where';
export * from './plain';
export * from './readings';
