/**
 * Whether this page stands in a frame of another page's (`?embed`): it has no header then and keeps nothing in the browser, for what is
 * done in a frame of a course page is not a learner's progress here. `app.html` tells it before the first paint; while the site is built no page is.
 */
export const embedded = typeof document !== 'undefined' && document.documentElement.dataset.embed !== undefined;
