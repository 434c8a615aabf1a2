/**
 * A moment of a run as plain data: what the pictures draw. Everything here survives structured
 * cloning, so it crosses from the worker to the page as it is; nothing here refers to the live machine.
 */
export * from './moment/channels';
export * from './moment/code';
export * from './moment/descriptors';
export * from './moment/domains';
export * from './moment/frames';
export * from './moment/grants';
export * from './moment/mappers';
export * from './moment/places';
export * from './moment/processor';
export * from './moment/scheduler';
export * from './moment/state';
export * from './moment/tlb';
export * from './moment/truths';
export * from './moment/xenstore';
