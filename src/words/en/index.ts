/** English. One export a part of `Language`, so that a page loads only what it says. */
export { CHECKS as checks, FINALS as finals } from './checks';
export { COSTS as costs } from './costs';
export { EVENTS as events } from './events';
export { LOCALE as locale } from './locale';
export { NAMES as names } from './names';
export { PROFILES as profiles } from './profiles';
export { QUERY as query } from './query';
export { PARTIAL as partial, PHRASES as phrases, SENTENCES as sentences } from './sentences';
export * as views from './views';
export { CHANGES as changes, INSPECT as inspect, WHO as who } from './workbench';
export { CAUSES as causes, RULES as rules, WHY as why } from './why';
