/** What a lesson's `exercise.ts` imports. */
export * from '../written/exercise';
