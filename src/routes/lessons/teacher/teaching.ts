/** What is said of a lesson to whoever teaches it. Apart from the course: only the build asks for it. */

/** `en.teacher.json` of a lesson: what whoever teaches it needs to know, a sentence each. */
export interface Teaching {
	/** What learners should know before. */
	assumes: readonly string[];
	/** What they can do afterwards. */
	learns: readonly string[];
}

const TEACHING = import.meta.glob<Teaching>('../../../../lessons/*/en.teacher.json', { import: 'default' });

/** Null when there is no lesson of that name. */
export const loadTeaching = async (slug: string): Promise<Teaching | null> =>
	(await TEACHING[`../../../../lessons/${slug}/en.teacher.json`]?.()) ?? null;
