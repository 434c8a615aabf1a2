/** English, all of it. Pages take the two halves apart (`early.ts`, `late.ts`), so that each loads only what it says. */
import * as early from './early';
import * as late from './late';

export const EN = { ...early, ...late, views: { ...early.views, ...late.views } };
