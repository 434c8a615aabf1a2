/** Where a lesson's recording lies. It names the version of the site, so that a page that stays open never gets another version's run. */
import { version } from '$app/environment';
import { base } from '$app/paths';

export const recordingAddress = (slug: string): string => `${base}/lessons/${slug}/recording.trace?v=${version}`;
