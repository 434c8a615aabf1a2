/**
 * A moment of a run as plain data: what the pictures draw. Everything here survives structured
 * cloning, so it crosses from the worker to the page as it is; nothing here refers to the live machine.
 */
export * from './channels';
export * from './code';
export * from './descriptors';
export * from './device-registers';
export * from './devices';
export * from './disk-queue';
export * from './disks';
export * from './domains';
export * from './frames';
export * from './grants';
export * from './mappers';
export * from './packets';
export * from './places';
export * from './processor';
export * from './scheduler';
export * from './state';
export * from './tlb';
export * from './toolstack';
export * from './truths';
export * from './xenstore';
