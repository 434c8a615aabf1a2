export * from './bits';
export * from './numbers';
export * from './assert';
export * from './plain';
