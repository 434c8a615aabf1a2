/** English, as far as every page says it. */
export { CHECKS as checks, FINALS as finals } from './checks';
export { EVENTS as events } from './events';
export { LOCALE as locale } from './locale';
export { NAMES as names } from './names';
export { PROFILES as profiles } from './profiles';
export { PARTIAL as partial, PHRASES as phrases, SENTENCES as sentences } from './sentences';
export * as views from './views/early';
