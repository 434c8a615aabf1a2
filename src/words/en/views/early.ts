/** The pictures of lessons, whose words come with the page; of those that are loaded later, their titles alone. */
export { TITLES as titles } from './titles';
export { ASKED as checks, CAUSES as causes, COMPARE as compare } from './events';
export { FRAMES as frames, MAPPERS as mappers, REGISTERS as registers, TLB as tlb } from './machine';
export { SPACE as space, WALK as walk } from './memory';
export { DESCRIPTORS as descriptors, TRAP as trap, TRUTHS as truths } from './processor';
export { SCORE as score } from './score';
export { SHARED as shared } from './shared';
