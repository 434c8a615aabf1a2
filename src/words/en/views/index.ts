/** The pictures. */
export * from './early';
export * from './late';
