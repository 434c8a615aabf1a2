export * from './bits';
export * from './assert';
export * from './plain';
export * from './readings';
