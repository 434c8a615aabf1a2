import type { Moments } from '$lesson/vocabulary';

/** One request step by step, one that is changed too late, four, four more, and an index that cannot be. The front end’s port is 4, its console’s 2. */
export const moments = {
	'ring-mapped': {
		is: 'Domain 0 maps the page that dom1 has granted.',
		query: 'grant_map dom=0 of_dom=1 #1'
	},
	nothing: {
		is: 'Both ends are there, and nothing is asked yet.',
		query: 'event_send dom=1 port=2 before([written]) last'
	},
	written: {
		is: 'A request lies in its slot. It is not shown yet.',
		query: 'event_send dom=1 port=2 before([shown]) last'
	},
	shown: {
		is: 'The front end has shown it.',
		query: 'event_send dom=1 port=2 before([told]) last'
	},
	told: {
		is: 'The front end sends an event.',
		query: 'event_send dom=1 port=4 #1'
	},
	taken: {
		is: 'The back end has taken the request and maps its page.',
		query: 'grant_map dom=0 of_dom=1 after([told]) #1'
	},
	reading: {
		is: 'The disk gets its command.',
		query: 'disk_command after([told]) #1'
	},
	answered: {
		is: 'The answer is shown, and the back end sends an event.',
		query: 'event_send dom=0 remote_dom=1 remote_port=4 #1'
	},
	read: {
		is: 'The front end has read the answer.',
		query: 'event_send dom=1 port=2 after([answered]) #1'
	},
	'second-told': {
		is: 'An event for the second request.',
		query: 'event_send dom=1 port=4 #2'
	},
	'second-reading': {
		is: 'The disk gets the command for it.',
		query: 'disk_command after([second-told]) #1'
	},
	rewritten: {
		is: 'The front end has written another sector over its request.',
		query: 'event_send dom=1 port=2 after([second-told]) #1'
	},
	'four-written': {
		is: 'Four requests are written.',
		query: 'event_send dom=1 port=2 before([four-told]) last'
	},
	'four-told': {
		is: 'One event for the four.',
		query: 'event_send dom=1 port=4 #3'
	},
	'four-reading': {
		is: 'The disk gets its first command of the four.',
		query: 'disk_command after([four-told]) #1'
	},
	'four-answered': {
		is: 'The first answer of the four.',
		query: 'event_send dom=0 remote_dom=1 remote_port=4 after([four-told]) #1'
	},
	'four-done': {
		is: 'The last answer of the four.',
		query: 'event_send dom=0 remote_dom=1 remote_port=4 before([batch-told]) last'
	},
	'batch-written': {
		is: 'Four more are written, and `rsp_event` is set for the last answer.',
		query: 'event_send dom=1 port=2 before([batch-told]) last'
	},
	'batch-told': {
		is: 'One event for these four.',
		query: 'event_send dom=1 port=4 #4'
	},
	'batch-answered': {
		is: 'One event for the four answers.',
		query: 'event_send dom=0 remote_dom=1 remote_port=4 after([batch-told]) #1'
	},
	'claim-written': {
		is: 'The front end is about to claim a thousand requests.',
		query: 'event_send dom=1 port=2 before([claim-told]) last'
	},
	'claim-told': {
		is: 'The index is shown, and the event sent.',
		query: 'event_send dom=1 port=4 #5'
	},
	'claim-refused': {
		is: 'Domain 0 says on its console what it thinks of that.',
		query: 'hypercall name=console_io dom=0 after([claim-told]) #1'
	}
} satisfies Moments;
