/** The shape of what a scenario says of its cost table. */
import * as v from 'valibot';
import { otherwise } from '../trace/query/nearest';
import { costProblem, PROFILE_NAMES } from './costs';

/** Rows overruled, as they come from outside. */
export const CostsSchema = v.pipe(
	v.record(v.string(), v.unknown()),
	v.rawTransform(({ dataset, addIssue, NEVER }) => {
		for (const [name, cycles] of Object.entries(dataset.value)) {
			const message = costProblem(name, cycles);
			if (!message) continue;
			addIssue({ message });
			return NEVER;
		}
		return dataset.value;
	})
);

/** A profile's name, as it comes from outside. */
export const ProfileSchema = v.pipe(
	v.string(),
	v.rawCheck(({ dataset, addIssue }) => {
		if (!dataset.typed || dataset.value === '' || (PROFILE_NAMES as readonly string[]).includes(dataset.value)) return;
		addIssue({ message: `no cost profile '${dataset.value}'${otherwise(dataset.value, PROFILE_NAMES, 'there are')}` });
	})
);
