/** Whether something that a learner would miss could not be kept; the layout says so, once. */
class Storage {
	refused = $state(false);
}

export const storage = new Storage();
